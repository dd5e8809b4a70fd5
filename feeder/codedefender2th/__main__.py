"""`python -m codedefender2th`."""

from codedefender2th.cli import main

main()
