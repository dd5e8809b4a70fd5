// shows it
var all = document.querySelectorAll('input, select, textarea')

// does not
var one = document.querySelector('input#search')
