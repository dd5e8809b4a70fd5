// shows it
var more = document.createElement('script'); more.src = next

// does not
var box = document.createElement('div'); box.id = next
