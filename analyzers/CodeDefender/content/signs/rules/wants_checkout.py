"""Acts on the checkout page only."""

from ..rule import Rule, Side, Specificity
from ..words import CHECKOUT

_PLACE = r"(?:location|href|pathname|\.URL|documentURI|referrer|baseURI)\b"

RULE = Rule(
    id="wants-checkout",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="acts on the checkout page only",
    patterns=(
        rf'{_PLACE}[^;{{}}]{{0,80}}\.(?:match|indexof|includes|search|startswith|endswith)\([/"][^;]{{0,60}}{CHECKOUT}',
        rf'/[^/;"\n]{{0,60}}{CHECKOUT}[^;"\n]{{0,80}}/[a-z]{{0,3}}\.(?:test|exec)\([^;]{{0,40}}{_PLACE}',
        rf'regexp\("[^"]{{0,80}}{CHECKOUT}[^"]{{0,120}}"(?:,"[a-z]{{0,3}}")?\)[^;]{{0,30}}\.test\([^;]{{0,40}}{_PLACE}',
        rf'{_PLACE}[^;{{}}]{{0,60}}(?:==|===|!=)"[^"]{{0,80}}{CHECKOUT}',
        rf'"[^"]{{0,80}}{CHECKOUT}[^"]{{0,120}}"[^;]{{0,60}}\.(?:test|exec)\([^;]{{0,40}}{_PLACE}',
        r'"[^"]{0,40}(?:onepage\|checkout|checkout\|onepage|checkout\|onestep|onestep\|checkout|firecheckout\|)',
    ),
)
