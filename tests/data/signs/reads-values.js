// shows it
var typed = field.value

// does not
field.value = ''
