"""Hides on which page it acts."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="hidden-checkout-words",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="hides in its code that it wants the checkout page",
    patterns=(r"checkout", r"onepage", r"onestep"),
    decoded_only=True,
)
