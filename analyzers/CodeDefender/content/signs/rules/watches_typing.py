"""Is called when something is typed."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="watches-typing",
    side=Side.CAPABILITY,
    specificity=Specificity.LOW,
    meaning="is called at every key or change of a field",
    patterns=(
        r'\("(?:on)?(?:key(?:up|down|press)|input|change|blur|paste|focusout)[" ]',
        r"\.on(?:key(?:up|down|press)|input|change|blur|paste)=",
        r"\.(?:keyup|keydown|keypress|blur|change)\(function",
    ),
)
