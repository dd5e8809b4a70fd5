"""Names the field of the card's expiry date."""

from ..rule import Rule, Side, Specificity
from ..words import EXPIRY

RULE = Rule(
    id="expiry-field",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    in_strings=True,
    meaning="names the field in which a card's expiry date is typed",
    patterns=(EXPIRY,),
)
