"""What the names of a file mean, as numbers that can be kept and compared without the file as it was.

Of a file that is *quiet* nothing else counts for other files: what it does inside of its functions means nothing to
them.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.index.shapes import Shape

Outline = dict[str, int]  # each name that a file binds, and what it means; by "" all that is no name

_REST = ""
_WORD = re.compile(r"\w+")
_LOUD = (b"mock", b"Mock", b"patch", b"autospec", b"fixture", b"actory")


def is_quiet(path: str, data: bytes, identities: Iterable[str]) -> bool:
    """Whether a file of these bytes makes no doubles, identities or fixtures, which others might be handed."""
    words = (each.encode("utf-8", "surrogatepass") for each in identities)
    return os.path.basename(path) != "conftest.py" and not any(word in data for word in (*_LOUD, *words))


def outline_of(shape: Shape) -> Outline | None:
    """The outline of a file; None where an error swallows some of it.

    What a name means takes in what the names mean that its definition mentions.
    """
    if shape.has_error:
        return None
    told = {name: "\0".join(_told(shape.token(name))) for name in shape.names}
    own = {name: _number(text) for name, text in told.items()}
    mentioned = {name: set(_WORD.findall(text)) & own.keys() for name, text in told.items()}
    outline = {name: _number(repr([(each, own[each]) for each in _reached(name, mentioned)])) for name in own}
    outline[_REST] = _number("\0".join(_told(shape.token(_REST))))
    return outline


def _reached(name: str, mentioned: Mapping[str, set[str]]) -> list[str]:
    """The names that one leads to, itself included."""
    reached = {name}
    pending = [name]
    while pending:
        new = mentioned[pending.pop()] - reached
        reached |= new
        pending += new
    return sorted(reached)


def names_that_differ(before: Outline, after: Outline) -> frozenset[str] | None:
    """The names that do not mean the same in both; None where any name may."""
    if before[_REST] != after[_REST]:
        return None
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _number(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _told(value: object) -> Iterator[str]:
    """The parts of a value that take part in comparison, one after the other."""
    if is_dataclass(value):
        yield type(value).__name__
        for each in fields(value):
            if each.compare:
                yield from _told(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield key
            yield from _told(value[key])
        yield "}"
    elif isinstance(value, tuple):
        for part in value:
            yield from _told(part)
        yield ")"
    elif isinstance(value, frozenset):
        yield repr(sorted(value))
    else:
        yield repr(value)
