"""The pass: channel → incident → alert → TheHive → checkpoint.

In: a channel, a TheHive, a state folder. Out: every incident an alert, once, and a tally. This room
does not know what becomes of an alert afterwards.
"""
