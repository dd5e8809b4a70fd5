// shows it
var to = 'https://stats.example.net/c'

// does not
var to = '/stats/c'
