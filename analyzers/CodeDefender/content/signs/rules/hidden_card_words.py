"""Hides which fields it wants."""

from ..rule import Rule, Side, Specificity
from ..words import CARD_NUMBER, EXPIRY, SECURITY_CODE

RULE = Rule(
    id="hidden-card-words",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="hides the names of card fields in its code",
    patterns=(CARD_NUMBER, SECURITY_CODE, EXPIRY),
    decoded_only=True,
)
