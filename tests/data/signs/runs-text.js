// shows it
new Function('return ' + text)()

// does not
var run = function () { return text }
