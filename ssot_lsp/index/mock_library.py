"""The names of the mock library: `unittest.mock` of the standard library, or `mock`, which is installed."""

from __future__ import annotations

MODULES = ("unittest.mock", "mock.mock", "mock")
PREFIXES = tuple(f"{each}." for each in MODULES)
"""What its dotted names start with, the longer one first."""


def short_name(dotted: str) -> str | None:
    """The name inside of the library that a dotted name outside of the workspace stands for; None where it is none."""
    for prefix in PREFIXES:
        if dotted.startswith(prefix):
            return dotted[len(prefix) :]
    return None
