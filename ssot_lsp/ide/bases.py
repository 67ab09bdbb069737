"""The base class at a place in a class header, and where it leads: to an SSOT base, away from all, or out of sight."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.classes import ClassKey, Unknown
from ssot_lsp.index.libraries import OBJECT, TEST_CASE
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssot_lsp.ide.snapshot import Snapshot
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.things import Thing


class BaseAt(NamedTuple):
    """A base in a class header: where it stands, in code points, and what it may be."""

    span: Span
    text: str
    things: tuple[Thing, ...]


class Chain(NamedTuple):
    """The classes from a base on, each deriving from the next one; `lost` says why it goes no further, if it might."""

    keys: tuple[ClassKey, ...]
    lost: str = ""


def base_at(snapshot: Snapshot, path: str, offset: int) -> BaseAt | None:
    """The base at `offset` of a file, or right before it; None where there is none."""
    return next(_bases(snapshot, path, lambda span: span.start <= offset <= span.end), None)


def bases_on(snapshot: Snapshot, path: str, line: int) -> tuple[BaseAt, ...]:
    """The bases that start on a 0-based line of a file."""
    return tuple(_bases(snapshot, path, lambda span: snapshot.lines(path).line_of(span.start) == line))


def _bases(snapshot: Snapshot, path: str, is_meant: Callable[[Span], bool]) -> Iterator[BaseAt]:
    """The bases in the class headers of a file that `is_meant` says yes to; none where it cannot be read."""
    try:
        source, classes = snapshot.facts(path).source, snapshot.classes(path)
        for info in classes.all():
            for number, base in enumerate(info.bases):
                span = Span(source.offset(base.span[0]), source.offset(base.span[1]))
                if is_meant(span):
                    yield BaseAt(span, base.text, classes.bases(info)[number])
    except UnreadableError:
        return


def chain(classes: Classes, start: ClassKey) -> Chain:
    """The way from a class to an SSOT base, else to the `TestCase`, else to where it is lost or ends."""
    approved = classes.approved()
    longest = Chain((start,))
    lost: Chain | None = None
    away: Chain | None = None
    pending: list[tuple[ClassKey, ...]] = [(start,)]
    seen = {start}
    while pending:
        keys = pending.pop(0)
        key = keys[-1]
        if approved.is_base(key):
            return Chain(keys)
        if key.name == TEST_CASE and not key.path:
            away = away or Chain(keys)
            continue
        for things in classes.lineages.bases(key):
            for thing in things:
                if isinstance(thing, Unknown):
                    lost = lost or Chain(keys, thing.cause)
                elif isinstance(thing, ClassKey) and thing not in seen and thing.name != OBJECT:
                    seen.add(thing)
                    pending.append((*keys, thing))
        longest = max(longest, Chain(keys), key=lambda each: len(each.keys))
    return lost or away or longest


def base_page(snapshot: Snapshot, path: str, base: BaseAt) -> str:
    """Where a base leads, in Markdown: a sentence, then the classes on the way."""
    classes = snapshot.classes(path)
    parts = [_said(snapshot, path, classes, base, thing) for thing in base.things]
    return "\n\n".join(filter(None, dict.fromkeys(parts)))


def _said(snapshot: Snapshot, path: str, classes: Classes, base: BaseAt, thing: Thing) -> str:
    if isinstance(thing, Unknown):
        return f"Where `{base.text}` leads is not known: {thing.cause}."
    if not isinstance(thing, ClassKey):
        return ""
    way = chain(classes, thing)
    name, last = classes.display(thing), way.keys[-1]
    is_ours = classes.approved().is_base(last)
    if is_ours:
        what = "is an SSOT base" if last == thing else f"derives from the SSOT base `{classes.display(last)}`"
        sentence = f"`{name}` {what}."
    elif way.lost:
        sentence = f"Where `{name}` leads is not known: {way.lost}."
    elif last.name == TEST_CASE and last != thing:
        sentence = f"`{name}` derives from `{TEST_CASE}`, and from no SSOT base."
    else:
        sentence = f"`{name}` derives from no SSOT base."
    return "\n".join((sentence, "", *_items(snapshot, path, classes, way)))


def _items(snapshot: Snapshot, path: str, classes: Classes, way: Chain) -> Iterator[str]:
    for key in way.keys:
        info = classes.info(key)
        place = f" in {_place(snapshot, path, key.path, info.name_span[0])}" if info is not None else ""
        yield f"- `{classes.display(key)}`{place}"
    if way.lost:
        yield f"- not known: {way.lost}"


def _place(snapshot: Snapshot, asking: str, path: str, byte: int) -> str:
    """A place as people write it, `folder/file.py:12`, from the root of the configuration."""
    root = snapshot.config(asking).root.rstrip(os.sep) + os.sep
    shown = path.removeprefix(root).replace(os.sep, "/")
    try:
        line = snapshot.facts(path).source.data.count(b"\n", 0, byte) + 1
    except UnreadableError:
        return f"`{shown}`"
    return f"`{shown}:{line}`"
