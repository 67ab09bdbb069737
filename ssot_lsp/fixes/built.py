"""What a factory's method builds: the double, what is set on it, and what a fresh child of it would be."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path

CLASSES = frozenset({"Mock", "MagicMock", "AsyncMock"})
"""The doubles of which it is known what each child is."""

_ASYNC_MAGICS = frozenset({"__aenter__", "__aexit__", "__anext__"})

Needs = Literal["", "not None", "true"]


class Item(NamedTuple):
    """What stands at an attribute path of the product.

    `double` is the class of a double that nothing sets it apart from a fresh one, else empty. `parameter` is the
    parameter whose argument stands there unchanged, if need be as long as it is what it `needs` to be.
    """

    path: Path
    double: str = ""
    parameter: str = ""
    needs: Needs = ""

    def takes(self, keyword: str, value: str | None) -> bool:
        """Whether what is given for `keyword` comes to stand here as it is; `value` is it where it is a literal."""
        if self.parameter != keyword:
            return False
        known = evaluated(value) if value is not None else DATA
        if self.needs == "not None":
            return known.is_known and known.value is not None
        return not self.needs or (known.is_known and bool(known.value))


@dataclass(frozen=True, slots=True)
class Construction:
    """The product: the class of the double, and what is set on it. `calls` are the modules whose functions are called.

    `takes_keywords`: keywords that are no parameters become attributes, and nothing else.
    """

    root: str
    items: tuple[Item, ...]
    calls: frozenset[str]
    takes_keywords: bool = False

    def item(self, path: Path) -> Item | None:
        """What is set at a path."""
        return next((each for each in self.items if each.path == path), None)


@dataclass(eq=False, slots=True)
class Double:
    """A double while it is built. `was_set`: the attributes that were set, and not only reached."""

    cls: str
    is_bare: bool = True
    is_attached: bool = True
    owners: list[Double] = field(default_factory=list)
    attributes: dict[str, Double | Plain] = field(default_factory=dict)
    was_set: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Plain:
    """Data. `parameter`: it is what was given for that, as it was given. `text`: a string that is known."""

    parameter: str = ""
    value: object = None
    is_known: bool = False
    needs: Needs = ""


DATA = Plain()


def fresh_class(owner: str, name: str) -> str:
    """The class of the child that a double of the class `owner` makes for `name`; empty where it is none of ours."""
    is_magic = name.startswith("__") and name.endswith("__")
    if name == "side_effect" or (owner == "Mock" and is_magic):
        return ""
    if owner == "MagicMock" and name in _ASYNC_MAGICS:
        return "AsyncMock"
    if owner == "AsyncMock" and is_magic and name not in _ASYNC_MAGICS:
        return "MagicMock"
    return owner


def items_of(double: Double, path: Path, seen: set[int]) -> Iterator[Item]:
    """What is set on a double that stands at `path`, and below it; `seen` are the ids of those that were met."""
    seen.add(id(double))
    for name, value in double.attributes.items():
        below = (*path, name)
        if isinstance(value, Plain):
            yield Item(below, parameter=value.parameter, needs=value.needs)
            continue
        if name in double.was_set:
            is_alike = value.is_bare and value.is_attached and id(value) not in seen
            yield Item(below, value.cls if is_alike else "")
        if id(value) not in seen:
            yield from items_of(value, below, seen)


def evaluated(text: str) -> Plain:
    """A literal with its value, where it is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Plain(value=ast.literal_eval(text), is_known=True)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return DATA
