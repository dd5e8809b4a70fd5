"""Is called when the form is sent or the page is left."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="watches-sending",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="is called when the order is sent or the page is left",
    patterns=(
        r'\("(?:on)?(?:submit|click|mousedown|mouseup|touchend|beforeunload|unload|pagehide)[" ]',
        r"\.on(?:submit|click|mousedown|touchend|beforeunload|unload)=",
        r"\.(?:submit|click|mousedown)\(function",
    ),
)
