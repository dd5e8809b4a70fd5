"""A Python package that is missing or too old, in one sentence.

Cortex's neurons often share one Python, and some pin packages that others need newer: `thehive4py~=1.8` is
pinned by four of the official responders.
"""

from __future__ import annotations

from importlib import metadata


def told(error: ImportError) -> str:
    """What is wrong and what to do, by what Python says of an import."""
    package, _, inside = (error.name or "of the requirements").partition(".")
    if isinstance(error, ModuleNotFoundError) and not inside:
        return f"The Python package {package} is missing: pip install -r requirements.txt."
    try:
        version = f" {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        version = ""
    return (
        f"The Python package {package}{version} is another version than requirements.txt pins: give the "
        "neurons a Python of their own, and there pip install -r requirements.txt."
    )
