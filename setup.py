"""The packages: the feeder's own, and the analyzers' library that `codedefender2th try` runs.

The library lies with the analyzers, which Cortex loads as a folder; the wheel carries it as
`codedefender2th.content`. All else that is to be said of the distribution stands in pyproject.toml.
"""

from setuptools import find_packages, setup

CONTENT = "analyzers/CodeDefender/content"

setup(
    packages=[
        *find_packages("feeder"),
        "codedefender2th.content",
        *(f"codedefender2th.content.{name}" for name in find_packages(CONTENT)),
    ],
    package_dir={"": "feeder", "codedefender2th.content": CONTENT},
)
