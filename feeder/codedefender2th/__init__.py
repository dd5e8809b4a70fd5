"""Code Defender incidents from Slack become TheHive alerts.

Data goes one way; each module knows only those to its left::

    slack -> incident -> alert -> thehive -> checkpoint        (feed)
                                  thehive -> investigate       (analyzers, then the responder)

The words used throughout are TheHive's own: *alert*, *observable*, *analyzer*, *job*,
*responder*, *action*, *TLP*, *PAP*. An *incident* is what Code Defender posted.
"""

__version__ = "1.0.0"
