// shows it
if (/^[0-9]{13,16}$/.test(digits)) { take(digits) }

// does not
if (/^[0-9]{3,4}$/.test(digits)) { take(digits) }
