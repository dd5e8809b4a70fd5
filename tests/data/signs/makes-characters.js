// shows it
text += String['from' + 'CharCode'](code - 3)

// does not
text += names[code - 3]
