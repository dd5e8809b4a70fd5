// shows it
var points = canvas.getContext('2d').getImageData(0, 0, 9, 9).data

// does not
canvas.getContext('2d').drawImage(logo, 0, 0)
