// shows it
navigator.sendBeacon(to, text)

// does not
navigator.clipboard.writeText(text)
