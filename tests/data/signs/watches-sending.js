// shows it
button.addEventListener('click', send)

// does not
button.addEventListener('focus', mark)
