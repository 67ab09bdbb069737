"""What an expression in a factory is known to be, and what is told of it: products and their surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.index.members import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.index.outline import Code, Outline
    from ssot_lsp.source import Node

ItemKind = Literal["async", "sync", "value", "unknown"]

_DEEPEST = 8


class Product(Enum):
    """What a method hands out; a spec'd, sealed or frozen product is that besides what it is."""

    ASYNC_MOCK = "AsyncMock"
    MAGIC_MOCK = "MagicMock"
    MOCK = "Mock"
    REAL = "real"
    FROZEN = "frozen"
    SPECCED = "spec'd"
    SEALED = "sealed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SurfaceItem:
    """An attribute path that a method sets, `return_value` for a call, and what it is there.

    `value` is its literal source, `parameter` where it comes from; `value` is then what it is when that is not given.
    """

    path: tuple[str, ...]
    kind: ItemKind
    value: str | None = None
    parameter: str | None = None


class Class(NamedTuple):
    """A class by its dotted name; `path` and `name` where it is one of the workspace."""

    dotted: str
    path: str = ""
    name: str = ""


# --- values


class Value:
    """What an expression is known to be."""

    __slots__ = ()


class Unknown(Value):
    """Nothing is known of it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Plain(Value):
    """Data; `text` and `value` where it is a literal."""

    text: str | None = None
    value: object = None


@dataclass(frozen=True, slots=True)
class Given(Value):
    """A parameter of the method, as it was given; `text` is what it is when it was not."""

    parameter: str
    text: str | None


@dataclass(eq=False, slots=True)
class Display(Value):
    """A list, tuple, set or dictionary: of a dictionary both keys and values."""

    items: list[Value]
    keys: list[Value] | None = None
    text: str | None = None
    is_whole: bool = True
    is_given: bool = False
    """Whether it is the keywords that the method was called with."""


@dataclass(eq=False, slots=True)
class Function(Value):
    """A function that is written inside of the method, or a reference to one; `node` is what calling it runs."""

    is_async: bool
    code: Code | None = None
    body: Node | None = None
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Itself(Value):
    """The factory itself, or an instance of it."""


@dataclass(frozen=True, slots=True)
class Reference(Value):
    """A class, or something else outside of the workspace, itself."""

    of: Class


@dataclass(eq=False, slots=True)
class Instance(Value):
    """An instance of a class that is no mock, with the attributes that are known of it."""

    of: Class | None
    is_frozen: bool = False
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Double(Value):
    """A mock. `branch` is where it was made: what a deeper branch sets may not be set."""

    product: Product
    branch: tuple[int, ...]
    attributes: dict[str, Value] = field(default_factory=dict)
    was_set: set[str] = field(default_factory=set)
    spec: tuple[Class, ...] | None = None
    spec_kinds: Mapping[str, ItemKind] | None = None
    is_sealed: bool = False
    is_open: bool = False


@dataclass(eq=False, slots=True)
class Either(Value):
    """One of several."""

    values: tuple[Value, ...]


_COMPARED = (Plain, Given, Reference)
UNKNOWN = Unknown()
DATA = Plain()
NONE = Plain("None", None)


def either(values: Iterable[Value]) -> Value:
    """One of `values`, each counted once; without any, nothing is known."""
    flat: list[Value] = []
    for value in values:
        for each in value.values if isinstance(value, Either) else (value,):
            if not any(each is other or (isinstance(each, _COMPARED) and each == other) for other in flat):
                flat.append(each)
    if not flat:
        return UNKNOWN
    return flat[0] if len(flat) == 1 else Either(tuple(flat[:32]))


def each_of(value: Value) -> tuple[Value, ...]:
    """What a value may be, one by one."""
    return value.values if isinstance(value, Either) else (value,)


class Reading(NamedTuple):
    """What was read of a function.

    `is_open`: keywords of the caller become attributes of the double, whatever they are called. `alternatives`: how
    many different things it may return. `defaults`: the literals that the defaults of its parameters are.
    """

    products: frozenset[Product]
    surface: tuple[SurfaceItem, ...]
    specs: tuple[Class, ...]
    inherited: tuple[SurfaceItem, ...]
    is_open: bool
    alternatives: int = 1
    defaults: Mapping[str, str] = MappingProxyType({})


NOTHING = Reading(frozenset({Product.UNKNOWN}), (), (), (), is_open=False)
"""What is read of a function about which nothing can be known."""


def summary(outline: Outline, result: Value) -> Reading:
    """What is told of a result."""
    products: set[Product] = set()
    specs: list[Class] = []
    inherited: dict[str, ItemKind] = {}
    items: dict[tuple[str, ...], list[SurfaceItem]] = {}
    doubles: list[Double] = []
    for value in each_of(result):
        products |= _products(value)
        if isinstance(value, Double) and value.spec is not None:
            specs += value.spec
            inherited.update(value.spec_kinds or {})
        elif isinstance(value, Instance) and value.of is not None and value.of.path:
            specs.append(value.of)
            lineage = outline.lineage(value.of.path, value.of.name)
            inherited.update(members(outline, lineage, of_instances=True) if lineage is not None else {})
        for item in _surface(value, (), frozenset(), doubles):
            items.setdefault(item.path, []).append(item)
    return Reading(
        frozenset(products),
        tuple(_merged(each) for each in items.values()),
        tuple(dict.fromkeys(specs)),
        tuple(SurfaceItem((name,), kind) for name, kind in inherited.items() if not name.startswith("_")),
        any(double.is_open for double in doubles[:1]),
        sum(value != NONE for value in each_of(result)),
    )


def _products(value: Value) -> set[Product]:
    if isinstance(value, Double):
        found = {value.product}
        if value.spec is not None:
            found.add(Product.SPECCED)
        return found | {Product.SEALED} if value.is_sealed else found
    if isinstance(value, Instance):
        return {Product.REAL, Product.FROZEN} if value.is_frozen else {Product.REAL}
    if isinstance(value, (Display, Function, Reference)) or (isinstance(value, Plain) and value != NONE):
        return {Product.REAL}
    return {Product.UNKNOWN}


def _surface(
    value: Value, path: tuple[str, ...], seen: frozenset[int], doubles: list[Double]
) -> Iterator[SurfaceItem]:
    """What was set on a value, and below it."""
    if not isinstance(value, (Double, Instance)) or id(value) in seen or len(path) > _DEEPEST:
        return
    if isinstance(value, Double):
        doubles.append(value)
    for name, child in value.attributes.items():
        below = (*path, name)
        if isinstance(value, Instance) or name in value.was_set:
            yield _merged([_item(each, below) for each in each_of(child)])
        for each in each_of(child):
            yield from _surface(each, below, seen | {id(value)}, doubles)


def _item(value: Value, path: tuple[str, ...]) -> SurfaceItem:
    if isinstance(value, Double):
        kind: ItemKind = "async" if value.product is Product.ASYNC_MOCK else "sync"
        return SurfaceItem(path, "unknown" if value.product is Product.UNKNOWN else kind)
    if isinstance(value, Function):
        return SurfaceItem(path, "async" if value.is_async else "sync")
    if isinstance(value, Given):
        return SurfaceItem(path, "value", value.text, value.parameter)
    if isinstance(value, (Plain, Display)):
        return SurfaceItem(path, "value", value.text)
    return SurfaceItem(path, "value" if isinstance(value, (Instance, Reference)) else "unknown")


def _merged(items: Sequence[SurfaceItem]) -> SurfaceItem:
    """One item for several that may hold."""
    first = items[0]
    kinds = {each.kind for each in items}
    values = {each.value for each in items}
    parameters = {each.parameter for each in items if each.parameter is not None}
    return SurfaceItem(
        first.path,
        first.kind if len(kinds) == 1 else "unknown",
        first.value if len(values) == 1 else None,
        next(iter(parameters)) if len(parameters) == 1 else None,
    )
