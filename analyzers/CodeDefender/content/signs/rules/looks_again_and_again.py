"""Looks at the page again and again."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="looks-again-and-again",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="looks at the page again and again",
    patterns=(r"\bsetinterval\(", r"new mutationobserver\("),
)
