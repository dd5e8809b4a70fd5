"""Goes through all fields of the page."""

from ..rule import Rule, Side, Specificity

RULE = Rule(
    id="collects-all-fields",
    side=Side.CAPABILITY,
    specificity=Specificity.MEDIUM,
    meaning="goes through all fields of the page, whatever they are",
    patterns=(
        r'(?:queryselectorall|\$|jquery|find|\$\$)\("[^"]{0,60}\binput\b[^"]{0,40},[^"]{0,40}\bselect\b',
        r'(?:queryselectorall|\$|jquery|find|\$\$)\("[^"]{0,60}\bselect\b[^"]{0,40},[^"]{0,40}\binput\b',
        r'getelementsbytagname\("(?:input|select|textarea)"\)',
        r'queryselectorall\("(?:form |body )?(?:input|\*)"\)',
        r'"input, ?select[^"]{0,60}"',
        r'\["input","select"',
        r"\bdocument\.forms\b",
        r'\("form"\)[^;]{0,40}\.serialize',
        r"\.elements\[\w{1,12}\]\.value",
    ),
)
