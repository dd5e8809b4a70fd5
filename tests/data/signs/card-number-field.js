// shows it
var field = document.getElementById('cc' + '_number')

// does not
var label = 'your business card, number of copies'; var cc_numbering = cardinal
