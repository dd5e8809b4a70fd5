// shows it
var sent = window['bt' + 'oa'](JSON.stringify(data))

// does not
var sent = JSON.stringify(data)
