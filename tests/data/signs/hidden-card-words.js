// shows it
var field = byId(atob('cGF5bWVudF9jY19udW1iZXI='))

// does not
var field = byId('payment_cc_number')
