// shows it
var to = atob('aHR0cHM6Ly9jZG4uZHJvcC1leGFtcGxlLm5ldC9hLmpz')

// does not
var to = 'https://cdn.' + region + '.vendor-example.com/a.js'
