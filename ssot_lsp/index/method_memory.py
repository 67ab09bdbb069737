"""The methods of a factory, each remembered with all that it was read from.

A method is read anew only where its text, what stands around the methods of its file, its helpers or the classes that
it follows have changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.factory import Product
from ssot_lsp.index.method_reading import MethodReader, is_decorated
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.definitions import Binding
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.index.outline import Code, Lineage, Outline

_Place = tuple[str, str]  # path and name
_PROPERTIES = frozenset({"property", "cached_property", "setter", "deleter", "getter"})


@dataclass(slots=True)
class _Entry:
    """A method, what is in doubt about it, and what both were read from.

    That is its text, what stands around the methods, helpers and other files.
    """

    text: bytes
    around: bytes
    helpers: tuple[tuple[str, str, str, bytes], ...]
    foreign: tuple[tuple[str, bytes], ...]
    method: FactoryMethod
    doubts: tuple[str, ...]


class Memory:
    """What was read of methods, kept from one moment to the next; `reads` counts what had to be read anew."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str, str, str], _Entry] = {}
        self.whole: dict[_Place, tuple[int, Factory]] = {}
        """Factories as they last were in a file that parses, with the number of the moment that saw them so."""
        self.reads = 0

    def take_whole(self, other: Memory) -> None:
        """Note what another one knows of factories when their files were whole."""
        self.whole.update((place, (0, factory)) for place, (_, factory) in other.whole.items())

    def forget(self, path: str) -> None:
        """Note that there is no file at `path` any more."""
        for place in [place for place in self.whole if place[0] == path]:
            del self.whole[place]


class Recollection(NamedTuple):
    """The memory as a moment has it, which knows of no factory that was whole only later."""

    memory: Memory
    moment: int

    def whole(self, place: _Place) -> Factory | None:
        """What was last known of a factory when its file was whole."""
        moment, factory = self.memory.whole.get(place, (0, None))
        return factory if moment <= self.moment else None

    def places(self) -> Iterator[_Place]:
        """The path and name of each such factory."""
        return (place for place, (moment, _) in list(self.memory.whole.items()) if moment <= self.moment)

    def note(self, place: _Place, factory: Factory | None) -> None:
        """Note what is known of a factory whose file is whole; None that there is none."""
        if self.memory.whole.get(place, (0, None))[0] > self.moment:
            return  # somebody has seen it later
        if factory is not None:
            self.memory.whole[place] = self.moment, factory
        else:
            self.memory.whole.pop(place, None)


class Methods:
    """The methods of one factory, and what is to be noted of them."""

    def __init__(self, outline: Outline, memory: Memory, key: tuple[str, str]) -> None:
        self.outline = outline
        self.memory = memory
        self.path, self.name = key
        self.notes: list[str] = []
        self.reader = MethodReader(outline, self.path, self.name)
        self._around: dict[str, bytes] = {}
        try:
            self.origins = outline.reader.origins(self.path)
            self.module = self.origins.module_name
        except UnreadableError:
            self.module = ""

    def method(self, name: str, codes: list[Code], lineage: Lineage | None) -> FactoryMethod | None:
        """A method as its definitions say; None where it is none (a property)."""
        codes = [code for code in codes if not is_decorated(code, {"overload"})] or codes
        if not codes or is_decorated(codes[-1], _PROPERTIES):
            return None
        code = codes[-1]
        if lineage is None:  # in a module, a later definition replaces what stands before it
            first = max((index for index, each in enumerate(codes) if not each.is_conditional), default=0)
            codes = codes[first:]
        is_uncertain = len({each.text for each in codes}) > 1
        method = self._remembered(name, code, lineage)
        if is_uncertain:
            self.notes.append(f"`{name}` is defined in several ways, its signature is not known")
            method = replace(method, is_signature_known=False, products=method.products | {Product.UNKNOWN})
        return method

    def _remembered(self, name: str, code: Code, lineage: Lineage | None) -> FactoryMethod:
        key = (code.path, code.owner, name, f"{self.path}:{self.name}")
        span = _name_span(self.outline, code)
        around = self._around_functions(code.path) + (
            b"" if self.path == code.path else self._around_functions(self.path)
        )
        entry = self.memory.entries.get(key)
        if entry is not None and entry.text == code.text and entry.around == around and self._holds(entry):
            if entry.method.span != span:
                entry.method = replace(entry.method, span=span)
            for path, _ in entry.foreign:
                self.outline.touched.add(path)
            self.notes += entry.doubts
            return entry.method
        before, self.outline.touched = self.outline.touched, set()
        self.memory.reads += 1
        method, doubts, helpers = self.reader.read(name, code, lineage, span)
        touched, self.outline.touched = self.outline.touched, before | self.outline.touched
        foreign = tuple((path, self._data(path)) for path in sorted(touched - {code.path, self.path}))
        texts = tuple((each.path, each.owner, each.name, each.text) for each in helpers)
        self.memory.entries[key] = _Entry(code.text, around, texts, foreign, method, doubts)
        self.notes += doubts
        return method

    def _holds(self, entry: _Entry) -> bool:
        return all(
            self._text(path, owner, name) == text for path, owner, name, text in entry.helpers
        ) and all(self._data(path) == data for path, data in entry.foreign)

    def _text(self, path: str, owner: str, name: str) -> bytes | None:
        if not owner:
            codes = self.outline.functions(path, name)
        else:
            bodies = self.outline.classes(path, owner)
            codes = bodies[-1].functions.get(name, []) if bodies else []
        return codes[-1].text if codes else None

    def _data(self, path: str) -> bytes:
        try:
            return self.outline.reader.data(path)
        except UnreadableError:
            return b""

    def _around_functions(self, path: str) -> bytes:
        """What stands around the functions of a file, and where its imports lead: what any of them may depend on."""
        known = self._around.get(path)
        if known is not None:
            return known
        facts = self.outline.facts(path)
        if facts is None:
            return b""
        pieces: list[bytes] = []
        for unit in facts.units:
            kind = unit.node.type
            if kind == "decorated_definition":
                inner = unit.node.child_by_field_name("definition")
                kind = inner.type if inner is not None else kind
            if kind == "function_definition":
                pieces += (
                    unit.container.name.encode("utf-8", "surrogatepass"),
                    *_outlined(unit.memo.outline),
                )
            else:
                pieces.append(unit.data[unit.start : unit.end])
        try:
            origins = self.outline.reader.origins(path)
        except UnreadableError:
            return b""
        for binding in facts.imports():
            if binding.target is not None:
                for origin in origins.of_import(binding.target):
                    pieces.append(
                        f"{binding.name}={origin.path}:{origin.name}".encode("utf-8", "surrogatepass")
                    )
        found = self._around[path] = b"\0".join(pieces)
        return found


def _name_span(outline: Outline, code: Code) -> Span:
    facts = outline.facts(code.path)
    node = code.node.child_by_field_name("name") or code.node
    return facts.source.span(node) if facts is not None else Span(0, 0)


def _outlined(outline: Iterable[Binding]) -> Iterator[bytes]:
    for binding in outline:
        yield binding.name.encode("utf-8", "surrogatepass")
