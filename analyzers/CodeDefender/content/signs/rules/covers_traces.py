"""Takes itself out of the page."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="covers-traces",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="takes its own element out of the page",
    patterns=(
        r"document\.currentscript\.(?:remove|parentnode\.removechild)\b",
        r"document\.currentscript\b[^;]{0,60}\.remove\(",
    ),
)
