// shows it
setInterval(look, 700)

// does not
setTimeout(look, 700)
