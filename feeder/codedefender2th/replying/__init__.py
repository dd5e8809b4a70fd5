"""The answer back: a verdict is told in the incident's Slack thread, once for each verdict and alert.

`outbox` remembers on disk what is to be told and what was, `text` says it (pure), `replies` posts it.
"""
