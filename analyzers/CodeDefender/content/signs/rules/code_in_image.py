"""Reads the points of an image, where code can be hidden."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="code-in-image",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="reads the points of an image, in which code can be hidden",
    patterns=(r"\.getimagedata\(",),
)
