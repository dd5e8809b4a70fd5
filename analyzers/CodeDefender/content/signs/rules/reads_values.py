"""Reads what is typed into fields."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="reads-values",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="reads what is typed into fields",
    patterns=(
        r"\.value\b(?!=[^=])",
        r"\.val\(\)",
        r"\.serialize(?:array)?\(",
        r"\bnew formdata\(",
        r'"value"',
    ),
)
