// shows it
var exfilUrl = base + '/collect'

// does not
var exfoliatedUrl = base + '/collect'
