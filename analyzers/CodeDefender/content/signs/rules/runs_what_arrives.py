"""Runs code that somebody sends it."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="runs-what-arrives",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="runs code that its host sends it",
    patterns=(
        r"onmessage=[^;]{0,60}(?:\beval|#unction)\(",
        r'"message",[^;]{0,80}(?:\beval|#unction)\([^;]{0,20}\.data',
        r"(?:\beval|#unction)\(\w{1,20}\.data\b",
        r"\beval\([^;]{0,40}\.(?:responsetext|response)\b",
        r"#unction\([^;]{0,40}\.(?:responsetext|response)\b",
        r"\.then\([^;]{0,80}(?:\beval|#unction)\(",
        r"\.(?:responsetext|response|data)\)?;?[^;]{0,60}\.constructor\(",
    ),
)
