"""One Slack message → the incidents in it → TheHive alerts. Pure: no network, no disk, no clock.

In: any JSON value that Slack may send. Out: alerts as both TheHives take them. This room knows Slack's
text and TheHive's field limits, but neither server.
"""
