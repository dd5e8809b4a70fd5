"""Calls what it does by its name."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="speaks-of-theft",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="calls what it does theft in the names of its code",
    patterns=(
        r"\b\w{0,20}exfil(?:trat|url|data|_|\b)",
        r"\b\w{0,20}skimm(?:er|ed|ing)_?\w{0,20}\b",
        r"\bstolen_?(?:data|card|cc|info|field)",
        r"\bsteal_?(?:data|card|cc|info|form)",
        r"\bharvest(?:ed|er|data|card)",
        r"\bc2_?(?:url|server|host)\b",
    ),
)
