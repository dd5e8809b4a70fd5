// shows it
socket.onmessage = function (event) { new Function(event.data)() }

// does not
socket.onmessage = function (event) { show(JSON.parse(event.data)) }
