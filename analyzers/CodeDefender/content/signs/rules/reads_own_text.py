"""Reads its own text, as a key to decode itself or to see whether it was changed."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="reads-own-text",
    side=Side.THREAT,
    specificity=Specificity.HIGH,
    meaning="reads its own text, as a key with which it decodes itself",
    patterns=(
        r"arguments\.callee\.tostring\(\)\.(?:replace|length|split|charcodeat)",
        r"getelementsbytagname\(\"script\"\)\[[^;]{0,80}\]\.(?:innerhtml|text|textcontent)\.(?:split|replace|charcodeat|length)",
        r"currentscript\.(?:innerhtml|text|textcontent)\.(?:split|replace|charcodeat|length)",
    ),
)
