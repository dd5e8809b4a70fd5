"""Looks for a card number by its digits."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="card-number-by-shape",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="looks for a card number by its digits",
    patterns=(
        r"(?:\\d|\[0-9\])\{1[2-6](?:,1[5-9])?\}",
        r"\^?4\[0-9\]\{12\}",
        r"\.length(?:==|===|>|>=)1[3-6]\b",
        r"luhn",
    ),
)
