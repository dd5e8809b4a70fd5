"""Looks out for a person who watches."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="evades-tools",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="looks whether developer tools are open, or hinders them",
    patterns=(
        r"outerwidth-\w{0,10}\.?innerwidth",
        r"outerheight-\w{0,10}\.?innerheight",
        r"firebug\b[^;]{0,40}(?:chrome|isinitialized)",
        r"__react_devtools_never__",
        r"devtools\.(?:is_?open|open)\b",
        r'"(?:debu)?gger"',
        r'"debugger"',
        r"\(\(\(\.\+\)\+\)\+\)\+\$",
        r"while\(true\)\{\}\"",
        r"navigator\.webdriver",
    ),
)
