"""TOML: what a text says, and where each key and value of it stands, which tomllib does not tell."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.text import Span

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and, inside of arrays, 0-based indices: ``("tool", "ssot-lsp", "select", 0)``."""


class TomlError(Exception):
    """A text that is no TOML; the message is the reason, `span` the place in code points, one character if any."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(reason)
        self.span = span


class Where(NamedTuple):
    """The spans, in code points, of a key as it is written and of its value; an array's element has one span."""

    key: Span
    value: Span


_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE = re.compile(r"[^\s.=\]\[{},#\"']+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def read(text: str) -> dict[str, Any]:
    """What the TOML `text` says; raises TomlError."""
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error)
        match = _PLACE.search(reason)
        if match is None:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else reason
            raise TomlError(reason, Span(0, 0)) from error
        reason = reason[: match.start()]
        raise TomlError(reason[:1].lower() + reason[1:], _broken(text, *match.groups())) from error
    return values


def places(text: str) -> Mapping[Path, Where]:
    """Where each key and array element of `text` stands; a table stands where its header does.

    Only for text that `read` takes: this walks the punctuation and validates nothing.
    """
    scanner = _Scanner(text)
    with contextlib.suppress(RecursionError):  # it has less of the stack left than `read` had
        scanner.document()
    return scanner.found


def _broken(text: str, line: str | None, column: str | None) -> Span:
    """The character at a place as tomllib has it, or the last one before it where that is the end of a line.

    Counted from 1, and CR LF is one character there.
    """
    if line is None or column is None:
        end = len(text.rstrip())
        return Span(max(end - 1, 0), end)
    start = 0
    for _ in range(int(line) - 1):
        start = text.find("\n", start) + 1
    at = min(start + int(column) - 1, len(text))
    if text[at : at + 1] in {"", "\r", "\n"}:
        return Span(max(start, at - 1), at)
    return Span(at, at + 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Where] = {}
        self._counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip_blank(self) -> bool:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def _header(self) -> Path:
        start = self.at
        is_array = self.text.startswith("[[", self.at)
        self.at += 1 + is_array
        table, span = self._key(())
        self._skip_blank()
        self.at = min(self.at + 1 + is_array, len(self.text))
        if is_array:
            count = self._counts.get(table, 0)
            self._counts[table] = count + 1
            self.found.setdefault(table, Where(span, Span(start, self.at)))
            table = (*table, count)
        self.found[table] = Where(span, Span(start, self.at))
        return table

    def _pair(self, table: Path) -> None:
        path, key = self._key(table)
        self._skip_blank()
        self.at += 1
        self._skip_blank()
        start = self.at
        self._value(path)
        self.found[path] = Where(key, Span(start, self.at))

    def _key(self, path: Path) -> tuple[Path, Span]:
        """A dotted key below `path`, and the span of its last word."""
        self._skip_blank()
        while True:
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
            start = self.at
            path = (*path, self._word())
            span = Span(start, self.at)
            self.found.setdefault(path, Where(span, span))
            self._skip_blank()
            if not self.text.startswith(".", self.at):
                return path, span
            self.at += 1
            self._skip_blank()

    def _word(self) -> str:
        if match := _STRING.match(self.text, self.at):
            self.at = match.end()
            quoted = match.group()
            return _ESCAPE.sub(_unescape, quoted[1:-1]) if quoted[0] == '"' else quoted[1:-1]
        match = _BARE.match(self.text, self.at)
        self.at = match.end() if match else self.at + 1
        return match.group() if match else ""

    def _value(self, path: Path) -> None:
        """Step over the value at the cursor, noting what is inside of it."""
        if match := _STRING.match(self.text, self.at):
            self.at = match.end()
        elif self.text.startswith("[", self.at):
            self._array(path)
        elif self.text.startswith("{", self.at):
            self._inline_table(path)
        elif match := _SCALAR.match(self.text, self.at):
            self.at += len(match.group().rstrip())

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._skip_blank() and self.text[self.at] != "]":
            start = self.at
            element = (*path, index)
            self._value(element)
            self.found[element] = Where(Span(start, self.at), Span(start, self.at))
            index += 1
            self._skip_comma()
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._skip_blank() and self.text[self.at] != "}":
            self._pair(path)
            self._skip_comma()
        self.at += 1

    def _skip_comma(self) -> None:
        if self._skip_blank() and self.text[self.at] == ",":
            self.at += 1


def _unescape(match: re.Match[str]) -> str:
    short, long, byte, letter = match.groups()
    digits = short or long or byte
    return chr(int(digits, 16)) if digits else _ESCAPED.get(letter, letter)
