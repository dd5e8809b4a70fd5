// shows it
var first = document.getElementById('billing:firstname').value

// does not
var first = list[0]
