"""Keeps data in the browser."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="stores",
    side=Side.THREAT,
    specificity=Specificity.LOW,
    meaning="keeps data in the browser for later",
    patterns=(
        r"(?:local|session)storage\.setitem\(",
        r"\bdocument\.cookie=",
        r"(?:local|session)storage\[",
        r"(?:local|session)storage\.\w{1,30}=",
    ),
)
