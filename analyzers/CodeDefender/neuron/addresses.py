"""Addresses as HUMAN writes them: without a scheme."""

from __future__ import annotations


def bare(url: str) -> str:
    """An address without its scheme, which HUMAN leaves out, and without a fragment."""
    plain = url.strip().partition("#")[0]
    for scheme in ("https://", "http://", "//"):
        plain = plain.removeprefix(scheme)
    host, slash, path = plain.partition("/")
    return f"{host.lower()}{slash}{path}"
