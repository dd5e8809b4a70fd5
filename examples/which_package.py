"""The packages that script URLs name: `which_package.py URL …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "analyzers" / "CodeDefender"))

from identification.packages import identify

if len(sys.argv) < 2:
    sys.exit("usage: which_package.py URL …")
for url in sys.argv[1:]:
    found = identify(url)
    print(url)
    for package in found:
        print(f"  {package.purl}  ({'proven' if package.proven else 'a claim'})\n    {package.evidence}")
    if not found:
        print("  names no known package")
