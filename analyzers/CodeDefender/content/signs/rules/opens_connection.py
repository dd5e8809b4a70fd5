"""Has a way out of the page."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="opens-connection",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="has a way to send data out of the page",
    patterns=(
        r"\bnew xmlhttprequest\b",
        r"\.xmlhttprequest\b",
        r"\bfetch\(",
        r"sendbeacon\(",
        r"new websocket\(",
        r"\bnew image\b",
        r'createelement\("(?:img|image|iframe)"\)',
        r"\.(?:ajax|post|getjson)\(",
        r"activexobject\(",
        r"rtcpeerconnection",
        r"<img[^>]{0,80}src=",
    ),
)
