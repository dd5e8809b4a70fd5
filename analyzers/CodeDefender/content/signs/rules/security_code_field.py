"""Names the field of the card's security code."""

from ..rule import Rule, Side, Specificity
from ..words import SECURITY_CODE

RULE = Rule(
    id="security-code-field",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    in_strings=True,
    meaning="names the field in which a card's security code is typed",
    patterns=(SECURITY_CODE, r"\.(?:cvv|cvc|cc_cid)\.value\b"),
)
