"""After feeding: analyzers on the scripts, then the triage responder, pass by pass.

In: the alerts (on TheHive 4.1 the cases) without a verdict. Out: jobs and actions started, verdicts
noticed. `rules` decides what is next, purely; `investigate` carries it out. This room does not know
Slack, nor what a verdict is made of: the responder judges.
"""
