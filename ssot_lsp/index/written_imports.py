"""The imports of a file, read off its bytes: the one reader for all who look at imports before the parse.

What stands in a string and looks like an import counts as one: who asks errs on the side of yes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMPORT = re.compile(rb"import(?!\w)(?<!\wimport)")
_FROM = re.compile(rb"from(?!\w)[ \t\f\r\n]*([.\w]+)[ \t\f\r\n]*\Z")
_BRACKETS = re.compile(rb"[ \t\f\\\r\n]*\(([^)#]*(?:#[^\r\n]*[\r\n][^)#]*)*)\)")
_REST = re.compile(rb"[^\r\n;#\\]*(?:\\\r?\n?[^\r\n;#\\]*)*")
_COMMENT = re.compile(rb"#[^\r\n]*")
_BACKSLASH = ord("\\")
_BOM = b"\xef\xbb\xbf"


def written_imports(data: bytes) -> Iterator[tuple[str, Import]]:
    """The imports in a text of any line ends, each with the name that it binds; `*` binds `*` and names nothing."""
    for match in _IMPORT.finditer(data):
        source = _source(data, match.start())
        if source is None:
            continue  # a word of a comment or a string
        if not source:
            for name, local in _names(_REST.match(data, match.end())):
                yield local.partition(".")[0], Import(name)
            continue
        written = source.decode("utf-8", "replace")
        module = written.lstrip(".")
        level = len(written) - len(module)
        for name, local in _names(_BRACKETS.match(data, match.end()) or _REST.match(data, match.end())):
            yield local, Import(module, None if name == "*" else name, level)


def _source(data: bytes, at: int) -> bytes | None:
    """What stands behind the `from` of the `import` at a place; nothing where it has none, None where it is no import."""
    found = None
    end = at
    while True:
        line = data.rfind(b"\n", 0, end) + 1
        line = max(line, data.rfind(b"\r", line, end) + 1)
        before = data[line:at]
        before = before[max(before.rfind(b";"), before.rfind(b":")) + 1 :].replace(b"\\", b" ")
        before = before.removeprefix(_BOM).strip()
        if not before:
            found = b""
        elif (match := _FROM.match(before)) is not None:
            found = match[1]
        end = line - 1 - (data[line - 2 : line] == b"\r\n")
        if (
            end < 1 or data[end - 1] != _BACKSLASH
        ):  # a string or a comment may end like this: then the line counts
            return found


def _names(match: re.Match[bytes] | None) -> Iterator[tuple[str, str]]:
    """What is imported, and the names that are bound to it."""
    if match is None:
        return
    listed = _COMMENT.sub(b"", match[match.lastindex or 0]).replace(b"\\", b" ").strip(b" \t\f(")
    for each in listed.decode("utf-8", "replace").split(","):
        words = each.split()
        is_renamed = len(words) == 3 and words[1] == "as"
        if (len(words) == 1 or is_renamed) and (words[0] == "*" or words[0].replace(".", "").isidentifier()):
            yield words[0], words[-1]
