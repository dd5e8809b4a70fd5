// shows it
fetch('https://api.telegram.org/bot' + token + '/sendMessage?text=' + text)

// does not
link.href = 'https://telegram.org/blog'
