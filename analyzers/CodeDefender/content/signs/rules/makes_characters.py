"""Makes text of numbers."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="makes-characters",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="makes text of numbers",
    patterns=(r"fromcharcode\b", r"fromcodepoint\b"),
)
