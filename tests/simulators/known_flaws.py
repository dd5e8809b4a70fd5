"""True records of jQuery's flaws before 3.5.0, as OSV (from GitHub's advisories) and Snyk publish them.

Both advisories call them moderate: a simulator that says "high" would have the product praised for nothing.
"""

from __future__ import annotations

from typing import Any

from .osv import record
from .snyk import issue

_XSS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N"  # 6.9

JQUERY_OSV: list[dict[str, Any]] = [
    record(
        "GHSA-gxr4-xjj5-5px2",
        "jquery",
        ("1.2.0", "3.5.0"),
        severity="MODERATE",
        vector=_XSS,
        aliases=("CVE-2020-11022",),
        summary="Potential XSS vulnerability in jQuery",
    ),
    record(
        "GHSA-jpcq-cgw6-v4j6",
        "jquery",
        ("1.0.3", "3.5.0"),
        severity="MODERATE",
        vector=_XSS,
        aliases=("CVE-2020-11023",),
        summary="Potential XSS vulnerability in jQuery",
    ),
]
JQUERY_SNYK: list[dict[str, Any]] = [
    issue("SNYK-JS-JQUERY-567880", "medium", score=6.5, cves=("CVE-2020-11022",), fixed="3.5.0"),
    issue("SNYK-JS-JQUERY-565129", "medium", score=6.5, cves=("CVE-2020-11023",), fixed="3.5.0"),
]
