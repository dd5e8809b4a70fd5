// shows it
localStorage.setItem('k', typed)

// does not
var typed = localStorage.getItem('k')
