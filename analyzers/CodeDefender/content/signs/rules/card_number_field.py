"""Names the field of the card number."""

from ..rule import Rule, Side, Specificity
from ..words import CARD_NUMBER

RULE = Rule(
    id="card-number-field",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    in_strings=True,
    meaning="names the field in which a card number is typed",
    patterns=(CARD_NUMBER, rf"\.{CARD_NUMBER}\.value\b"),
)
