"""A factory as it is known: its methods, what they take and what they hand out.

What cannot be known is marked so (`has_unknown_methods`, `is_signature_known`, `Product.UNKNOWN`), never guessed: no
rule may speak of it. How it is read: `index.extraction`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ssot_lsp.index.values import Product, SurfaceItem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssot_lsp.index.values import ItemKind
    from ssot_lsp.text import Span

__all__ = ["Factory", "FactoryMethod", "Parameter", "ParameterKind", "Product", "SurfaceItem"]

ParameterKind = Literal["positional", "positional-only", "keyword", "args", "kwargs"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as written; `is_read` says whether the body mentions it.

    `value` is the literal that the default is, behind the name of a constant too.
    """

    name: str
    annotation: str
    default: str | None
    kind: ParameterKind
    is_read: bool
    value: str | None = None

    def __str__(self) -> str:
        name = {"args": "*", "kwargs": "**"}.get(self.kind, "") + self.name
        if self.annotation:
            name += f": {self.annotation}"
        if self.default is None:
            return name
        return f"{name} = {self.default}" if self.annotation else f"{name}={self.default}"


@dataclass(frozen=True, slots=True)
class FactoryMethod:
    """A method of a factory, or a function or class of a factory module. `span` is that of its name, in code points.

    `parameters` are without the instance or class. `literals` are the strings that the body has something to give
    for, per parameter; any other one is a mistake. Where the parameter is in `lists`, it holds several of them.
    `mentioned` are strings that the body compares a parameter with, which need not be all.
    `reads_keywords` are the keywords that `**kwargs` is read for, None where any may matter.
    `specs` are the classes that the product follows or is an instance of, `inherited` what they have.
    `is_open` says that keywords of any name become attributes. `alternatives` is how many different things it may
    return.
    """

    name: str
    factory: str
    path: str
    span: Span
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    docstring: str = ""
    is_static: bool = False
    is_class: bool = False
    is_async: bool = False
    is_signature_known: bool = True
    products: frozenset[Product] = frozenset({Product.UNKNOWN})
    surface: tuple[SurfaceItem, ...] = ()
    inherited: tuple[SurfaceItem, ...] = ()
    specs: tuple[str, ...] = ()
    literals: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    lists: frozenset[str] = frozenset()
    mentioned: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    reads_keywords: tuple[str, ...] | None = ()
    is_open: bool = False
    alternatives: int = 1

    @property
    def signature(self) -> str:
        """The signature in one line, without the instance or class."""
        listed = ", ".join(self.parameter_list) if self.is_signature_known else "…"
        returns = f" -> {self.returns}" if self.returns else ""
        return f"{'async ' if self.is_async else ''}{self.name}({listed}){returns}"

    @property
    def parameter_list(self) -> tuple[str, ...]:
        """The parameters as they are written in a signature, with the `/` and the `*` between them."""
        shown: list[str] = []
        previous: ParameterKind | None = None
        for each in self.parameters:
            if previous == "positional-only" and each.kind != "positional-only":
                shown.append("/")
            if each.kind == "keyword" and previous not in {"keyword", "args"}:
                shown.append("*")
            shown.append(str(each))
            previous = each.kind
        if previous == "positional-only":
            shown.append("/")
        return tuple(shown)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name that a keyword can be given for."""
        named = {"positional", "keyword"}
        return next((each for each in self.parameters if each.name == name and each.kind in named), None)

    def kind_of(self, path: tuple[str, ...]) -> ItemKind:
        """What the product has at an attribute path (`return_value` for a call): set, inherited, or made by the mock."""
        for item in self.surface:
            if item.path == path:
                return item.kind
        if len(path) == 1:
            for item in self.inherited:
                if item.path == path:
                    return item.kind
        above: ItemKind = "unknown"
        if len(path) > 1:
            above = self.kind_of(path[:-1])
        elif self.products == {Product.ASYNC_MOCK}:
            above = "async"
        elif self.products in ({Product.MAGIC_MOCK}, {Product.MOCK}):
            above = "sync"
        is_async_magic = path[-1] in {"__aenter__", "__aexit__", "__anext__"}
        if above == "sync" and is_async_magic:
            return "async" if self.products == {Product.MAGIC_MOCK} else "unknown"
        return above if above in {"async", "sync"} else "unknown"


@dataclass(frozen=True, slots=True)
class Factory:
    """A factory: a class, or a whole module (`is_module`), at the span of its name.

    `known_as` is what the configuration calls it; another `name` means that it is known by an alias.
    `attributes` are the names that it has besides its methods. `notes` say what could not be known; with
    `has_unknown_methods` nothing may be said of a method that is not listed.
    """

    name: str
    path: str
    span: Span
    methods: Mapping[str, FactoryMethod] = field(hash=False)
    is_module: bool = False
    module: str = ""
    known_as: str = ""
    attributes: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    has_unknown_methods: bool = False

    def has(self, name: str) -> bool:
        """Whether it has, or may have, something of this name."""
        return (
            self.has_unknown_methods
            or name in self.methods
            or name in self.attributes
            or name.startswith("__")
        )
