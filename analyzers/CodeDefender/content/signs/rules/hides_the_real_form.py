"""Takes the real payment form out of sight."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="hides-the-real-form",
    side=Side.THREAT,
    specificity=Specificity.MEDIUM,
    meaning="takes the real payment form out of sight",
    patterns=(
        r'"[^"]{0,80}(?:stripe|braintree|adyen|payment|paypal|checkout|hosted-field)[^"]{0,80}"\)[^;]{0,40}\.(?:style\.display="none"|hide\(\)|remove\(\))',
        r'iframe[^;]{0,80}\.(?:style\.display="none"|hide\(\)|remove\(\))',
    ),
)
