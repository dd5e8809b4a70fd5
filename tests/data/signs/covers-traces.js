// shows it
document.currentScript.remove()

// does not
var base = document.currentScript.src
