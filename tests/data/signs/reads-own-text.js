// shows it
var key = arguments.callee.toString().replace(/\W/g, '')

// does not
var native = Object.prototype.toString.call(value)
