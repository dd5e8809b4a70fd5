"""Loads further code."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="loads-script",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="loads further code",
    patterns=(
        r'createelement\("script"\)',
        r"<script[^>]{0,120}\bsrc=",
        r"\bimport\(",
        r"importscripts\(",
        r'"script"',
        r"\.getscript\(",
    ),
)
