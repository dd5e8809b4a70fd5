// shows it
field.addEventListener('keyup', copy)

// does not
field.addEventListener('focus', mark)
