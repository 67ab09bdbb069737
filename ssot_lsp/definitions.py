"""What a definition says about names, as plain data: the scopes of a unit, and what is bound in them to what.

A *unit* is what facts are memoised by: a statement of the module or of a class body. All numbers here are bytes
relative to the unit's start, so that a unit that only moved keeps its facts. How it is read: `definition_reading`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

MODULE, CLASS, FUNCTION = "module", "class", "function"

Path = tuple[str, ...]
"""An attribute path: `self.m[0].f().x` is `("self", "m", "[]", "f", "()", "x")`."""


class Kind(Enum):
    """How a name came to be bound."""

    IMPORT = auto()
    DEFINITION = auto()
    CLASS = auto()
    ASSIGNMENT = auto()
    PARAMETER = auto()
    WITH = auto()
    LOOP = auto()
    OTHER = auto()


class Import(NamedTuple):
    """`import module`, or `from <level dots>module import name`; `name` is `*` for all.

    `import a.b` binds `a`; `loads` is then `a.b`.
    """

    module: str
    name: str | None = None
    level: int = 0
    loads: str = ""


class Binding(NamedTuple):
    """A name bound somewhere: `at` where, `value` the bytes of what it is bound to where that is one expression.

    `alias` is set where the value is nothing but a name or an attribute of one.
    """

    name: str
    kind: Kind
    at: int
    value: tuple[int, int] | None = None
    alias: Path = ()
    target: Import | None = None


class PathBinding(NamedTuple):
    """An attribute path bound to a value: `self.x = …`, `m.return_value.y = …`."""

    path: Path
    value: tuple[int, int] | None
    alias: Path = ()


class Parameter(NamedTuple):
    """A parameter; `annotation` is its text without blanks, empty where there is none."""

    name: str
    annotation: str
    is_positional: bool


class Decorator(NamedTuple):
    """A decorator: its bytes without the `@`, the path that it calls or names, and its call's arguments."""

    span: tuple[int, int]
    path: Path
    arguments: tuple[int, int] | None


@dataclass(slots=True)
class Scope:
    """A scope inside a unit; number 0 is the unit's own level, which belongs to its container."""

    kind: str
    name: str
    parent: int
    span: tuple[int, int]
    body: int = 0
    is_async: bool = False
    names: dict[str, list[Binding]] = field(default_factory=dict)
    paths: list[PathBinding] = field(default_factory=list)
    stars: list[Import] = field(default_factory=list)
    outer: dict[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    type_names: frozenset[str] = frozenset()
    decorators: tuple[Decorator, ...] = ()
    bases: tuple[Path, ...] = ()
    results: list[PathBinding] = field(default_factory=list)

    def bind(self, binding: Binding) -> None:
        """Add `binding` to the names of this scope."""
        self.names.setdefault(binding.name, []).append(binding)
