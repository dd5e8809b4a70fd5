// shows it
var page = '\x63\x68\x65\x63\x6b\x6f\x75\x74'

// does not
var page = 'checkout'
