"""The few things we ask of TheHive 5 and 4.1, and of Cortex as TheHive shows it.

In: alerts, queries, what to start. Out: what TheHive has, or its refusal in words. This room does not
know Slack, nor why something is asked.
"""
