"""Encodes or enciphers what it has."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="encodes",
    side=Side.THREAT,
    specificity=Specificity.LOW,
    meaning="encodes or enciphers data before it keeps or sends it",
    patterns=(
        r"\bbtoa\(",
        r"\.btoa\b",
        r"base64_?encode",
        r"\bjsencrypt\b",
        r"cryptojs\.",
        r"charcodeat\([^()]{0,40}\)\^",
        r"\^[\w.\[\]]{0,30}charcodeat\(",
        r"base64\.encode",
        r'"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789\+/=?"',
        r"charcodeat\([^()]{0,20}\)\.tostring\((?:16|36)\)",
    ),
)
