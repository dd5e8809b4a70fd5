// shows it
var code = document.querySelector('[name*="cc_cid"]')

// does not
var code = document.querySelector('[name="postcode"]')
