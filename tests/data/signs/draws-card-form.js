// shows it
box.innerHTML = '<input type=text name=cc_number><input name=cvv>'

// does not
box.innerHTML = '<input type=search name=query>'
