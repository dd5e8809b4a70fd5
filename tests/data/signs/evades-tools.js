// shows it
if (window.outerWidth - window.innerWidth > 160) { stop() }

// does not
var wide = window.innerWidth > 1024
