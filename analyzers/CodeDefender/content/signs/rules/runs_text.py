"""Runs text as code."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="runs-text",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="runs text as code",
    patterns=(
        r"\beval\(",
        r"#unction\((?!\))",
        r"\.constructor\(\"",
        r'settimeout\("[^"]{12}',
    ),
)
