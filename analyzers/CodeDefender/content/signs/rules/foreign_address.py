"""Has the address of another host in its code."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="foreign-address",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="has the address of another host in its code",
    patterns=(
        r"\"(?:https?:|wss?:)?//(?!www\.w3\.org)[\w.-]{1,100}\.[a-z]{2,20}(?:[:/?][^\"]{0,200})?\"",
        r"\+\"(?://)?[a-z0-9.-]{2,80}\.[a-z]{2,12}/[^\"]{0,200}\"",
    ),
)
