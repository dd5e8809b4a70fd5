"""Puts itself between the page and its own requests."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="hooks-requests",
    side=Side.CAPABILITY,
    specificity=Specificity.MEDIUM,
    meaning="puts itself between the page and the requests that it sends",
    patterns=(
        r"xmlhttprequest\.prototype\.(?:open|send)=",
        r"\b(?:window|self|globalthis)\.fetch=",
        r"htmlformelement\.prototype\.submit=",
    ),
)
