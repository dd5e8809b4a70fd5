// shows it
var year = form['cc_exp_year'], month = byName('expiration_month')

// does not
var later = new Date(now + experience.months)
