"""Which names a list of patterns leaves out; they mean what they mean in `.gitignore`, and pathspec reads them."""

from __future__ import annotations

import os
import re
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NEVER = (
    *(".git/", ".hg/", ".svn/", ".bzr/", ".jj/", "CVS/", "_darcs/"),
    *("node_modules/", "build/", "dist/", "__pycache__/", ".tox/", ".nox/", ".eggs/", "site-packages/"),
    *("backup*/", "archived/"),
)
"""Folders that hold no test of this project, whatever their place. `exclude = ["!backup_service/"]` takes one back."""

_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_ANY_DEPTH = "^(?:.+/)?"


class _Group(NamedTuple):
    """Neighbouring patterns of the same sign, as one alternation each."""

    leaves_out: bool
    by_name: re.Pattern[str] | None
    by_path: re.Pattern[str] | None


class Ignore:
    """Patterns of `.gitignore` kind that start from one folder; the last one that matches decides.

    Folders are asked for from the top down, so a pattern without a slash need only see the last segment. All
    patterns of one sign are one alternation, which is some thirty times as fast as one match each.
    """

    __slots__ = ("_base", "_cut", "_groups", "_origin", "_patterns")

    def __init__(self, base: str, origin: str | None, lines: Iterable[str]) -> None:
        self._base = base
        self._cut = len(base) if base.endswith(os.sep) else len(base) + 1
        self._origin = origin  # the `.gitignore` file; None: the built-in list and the configuration
        self._patterns = [pattern for number, line in enumerate(lines) for pattern in _compile(line, number)]
        self._groups = tuple(
            _Group(leaves_out, _union(group, by_name=True), _union(group, by_name=False))
            for leaves_out, group in reversed(
                [(sign, list(run)) for sign, run in groupby(self._patterns, key=lambda each: each.leaves_out)]
            )
        )

    def decides(self, path: str, name: str, *, is_folder: bool) -> bool | None:
        """True: left out; False: taken back by `!`; None: nothing is said. `path` is below the base."""
        subject = name + "/" if is_folder else name
        for leaves_out, by_name, by_path in self._groups:
            if by_name is not None and by_name.match(subject):
                return leaves_out
            if by_path is not None and by_path.match(self._relative(path, is_folder=is_folder)):
                return leaves_out
        return None

    def explain(self, path: str, name: str, *, is_folder: bool) -> str:
        """Which pattern leaves it out; asked only after `decides` said so."""
        subject, relative = name + "/" * is_folder, self._relative(path, is_folder=is_folder)
        for pattern in reversed(self._patterns):
            if re.match(pattern.regex, subject if pattern.by_name else relative):
                break
        if self._origin is not None:
            return f"`{name}` is ignored by line {pattern.number + 1} of `{self._origin}`: `{pattern.text}`"
        if pattern.number < len(NEVER):
            return f"`{name}` is a folder that is never looked at (`{pattern.text}`)"
        return f"`{name}` is left out by `{pattern.text}` in the setting `exclude`"

    def _relative(self, path: str, *, is_folder: bool) -> str:
        relative = path[self._cut :]
        if os.sep != "/":
            relative = relative.replace(os.sep, "/")
        return relative + "/" if is_folder else relative


class _Pattern(NamedTuple):
    number: int  # 0-based line
    text: str
    regex: str
    leaves_out: bool
    by_name: bool  # it speaks of one segment, whatever its folder


def _compile(line: str, number: int) -> Iterator[_Pattern]:
    """The pattern of one line, if it is one; like git, a line that makes no sense is passed over."""
    text = line.strip()
    if not text or text.startswith("#"):
        return
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms that a tree without such files need not pay

    # `a/**` is all in `a`, but not `a` itself: else nothing in it could be taken back.
    try:
        patterns = GitIgnoreSpec.from_lines([line.rstrip("\r\n") + "/*" * text.endswith("/**")]).patterns
    except (ValueError, re.error):
        return
    for pattern in patterns:
        if pattern.include is not None and pattern.regex is not None:
            regex = _GROUP_NAME.sub("(?:", pattern.regex.pattern)
            by_name = "/" not in text[:-1] and regex.startswith(_ANY_DEPTH)
            if by_name:
                regex = regex.removeprefix(_ANY_DEPTH)
            yield _Pattern(number, text, regex, pattern.include, by_name)


def _union(patterns: Sequence[_Pattern], *, by_name: bool) -> re.Pattern[str] | None:
    regexes = [f"(?:{each.regex})" for each in patterns if each.by_name is by_name]
    return re.compile("|".join(regexes)) if regexes else None
