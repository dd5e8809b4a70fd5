"""Hides whom it speaks to."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="hidden-host",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="hides the host that it speaks to in its code",
    patterns=(
        r"(?:https?:|wss?:|[\"'(=])//(?:[a-z0-9_-]{1,63}\.){1,6}[a-z][a-z0-9-]{1,20}(?=[:/?#\"'\s)]|$)",
    ),
    decoded_only=True,
)
