"""Names the fields of the buyer's name and address."""

from ..rule import Rule, Side, Specificity
from ..words import PERSON

RULE = Rule(
    id="person-field",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    in_strings=True,
    meaning="names the fields of the buyer's name and address",
    patterns=(PERSON,),
)
