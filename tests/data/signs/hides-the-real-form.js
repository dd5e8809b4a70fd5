// shows it
document.querySelector('#stripe-payment').style.display = 'none'

// does not
document.querySelector('#newsletter').style.display = 'none'
