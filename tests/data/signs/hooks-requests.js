// shows it
XMLHttpRequest.prototype.send = function (body) { copy(body) }

// does not
var request = new XMLHttpRequest(); request.send(null)
