"""Slack: the channel, page by page, its text undone, and what Slack refuses in words.

In: a bot token and a channel's name. Out: messages as Slack sent them, newest first, with what is still
unread once they have been dealt with. This room does not know what an incident is, nor TheHive.
"""
