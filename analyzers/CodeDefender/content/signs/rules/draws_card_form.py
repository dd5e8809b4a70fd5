"""Puts a card form of its own into the page."""

from ..rule import Rule, Side, Specificity
from ..words import CARD_NUMBER, SECURITY_CODE

RULE = Rule(
    id="draws-card-form",
    side=Side.CAPABILITY,
    specificity=Specificity.MEDIUM,
    meaning="puts a card form of its own into the page",
    patterns=(
        rf"<input[^>]{{0,200}}{CARD_NUMBER}",
        rf"<input[^>]{{0,200}}{SECURITY_CODE}",
    ),
)
