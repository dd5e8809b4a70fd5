"""Sends to an address that stands in the code."""

from ..rule import Rule, Side, Specificity

_ADDRESS = r'"(?:https?:|wss?:)?//[\w.-]{1,100}\.[a-z]{2,20}(?:[:/?][^"]{0,200})?"'

RULE = Rule(
    id="sends-to-fixed-address",
    side=Side.THREAT,
    specificity=Specificity.LOW,
    meaning="sends to an address that stands in the code",
    patterns=(
        rf'\.open\("(?:post|get|put)",{_ADDRESS}',
        rf"\bfetch\({_ADDRESS}",
        rf"sendbeacon\({_ADDRESS}",
        rf"new websocket\({_ADDRESS}",
        rf"\.src={_ADDRESS}\+",
        rf"\.(?:post|get|getjson|ajax)\({_ADDRESS}",
        rf"\burl[:=]{_ADDRESS}",
        r"\burl[:=]\w{1,30}\+\"(?://)?[\w.-]{2,80}\.[a-z]{2,12}/",
        r'setattribute\("src","(?:https?:)?//[^"]{4,200}"\+',
        rf"\.action={_ADDRESS}",
        rf'"src",{_ADDRESS}\+',
        rf'"action",{_ADDRESS}',
        r"<img[^>]{0,60}src=.?(?:https?:)?//",
    ),
)
