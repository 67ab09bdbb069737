"""Globs of the configuration, as `.gitignore` has them.

A glob without a slash counts at any depth (`test_*.py`), one with a slash from the configuration's folder on
(`tests/e2e/**`), one that ends in a slash means folders and all below them (`tests/`). `*` stops at a slash,
`**` does not; the last glob that matches decides, and `!` takes back. Letter case counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import pathspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Globs:
    """A compiled list of globs; make it by `compile_globs`, which remembers."""

    __slots__ = ("_match",)

    def __init__(self, patterns: Iterable[str]) -> None:
        spec = pathspec.GitIgnoreSpec.from_lines(patterns)
        regexes = [each.regex.pattern for each in spec.patterns if each.include and each.regex]
        self._match: Callable[[str], object] = spec.match_file
        if all(each.include is not False for each in spec.patterns):
            # One alternation is ten times as fast as pathspec's loop; it needs no order where nothing is taken back.
            joined = "|".join(f"(?:{_GROUP_NAME.sub('(?:', each)})" for each in regexes)
            self._match = re.compile(joined or r"(?!)").match

    def matches(self, relative: str) -> bool:
        """Whether the file at `relative`, with `/`, below the configuration's folder is meant."""
        return bool(self._match(relative))


@lru_cache(maxsize=256)
def compile_globs(patterns: tuple[str, ...]) -> Globs:
    """The globs, compiled once; raises ValueError for one that has no meaning."""
    try:
        return Globs(patterns)
    except re.error as error:
        raise ValueError(str(error)) from error


def relative_to(root: str, path: str) -> str | None:
    """`path` seen from the folder `root`, with `/`; None when it lies elsewhere.

    Paths that begin with a drive letter are compared as Windows does, without letter case.
    """
    if _DRIVE.match(path):
        root, path = root.replace("\\", "/"), path.replace("\\", "/")
        folder = root.rstrip("/") + "/"
        return path[len(folder) :] if path.lower().startswith(folder.lower()) else None
    folder = root if root.endswith("/") else root + "/"
    return path[len(folder) :] if path.startswith(folder) else None
