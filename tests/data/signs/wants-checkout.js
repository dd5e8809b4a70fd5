// shows it
if (location.href.indexOf('checkout') > -1) { start() }

// does not
link.href = '/checkout'; text = 'go to checkout'
