"""What a name may be, the orders of classes, and what is remembered of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Union

from ssot_lsp.index.shapes import ClassKey

if TYPE_CHECKING:
    from collections.abc import Iterable

Touched = tuple[str, str]
"""A name of a file, by its path."""

LONGEST_CHAIN = 60  # aliases and re-exports that are followed; real chains have three


class Unknown(NamedTuple):
    """What cannot be known, and why, in words. `missing`: a module of the workspace surely does not define a name."""

    cause: str
    missing: Touched | None = None


class Module(NamedTuple):
    """A module, as the file `importer` sees it; without a path outside of all sources, or a namespace package."""

    path: str | None
    name: str
    importer: str


Thing = Union[ClassKey, Module, Unknown]  # noqa: UP007 - evaluated at run time on Python 3.10, by name


@dataclass(frozen=True, slots=True)
class Mro:
    """One order in which Python may look through a class and what it inherits.

    `unknown` says why the order is not known; empty where it is. `classes` is then what is sure: the class, and
    those above it that were reached. `is_impossible` says that Python refuses to make the class.
    """

    classes: tuple[ClassKey, ...]
    unknown: str = ""
    is_impossible: bool = False

    @property
    def is_known(self) -> bool:
        """Whether this is all of it."""
        return not self.unknown

    def has(self, name: str) -> bool:
        """Whether the class of the standard library with this name is in it."""
        return any(not each.path and each.name == name for each in self.classes)


class Way(NamedTuple):
    """How a question was come by: the names that it touched so far, and through how many others."""

    trail: set[Touched]
    depth: int = 0

    def deeper(self) -> Way:
        """One further."""
        return Way(self.trail, self.depth + 1)

    @property
    def is_too_long(self) -> bool:
        """Whether it has to be given up."""
        return self.depth > LONGEST_CHAIN


class Memory:
    """What was found out about classes, as long as the names that it came from mean the same."""

    def __init__(self) -> None:
        self.bases: dict[ClassKey, tuple[tuple[tuple[Thing, ...], ...], frozenset[Touched]]] = {}
        self.members: dict[Touched, tuple[tuple[Thing, ...], frozenset[Touched]]] = {}
        self.tries: dict[tuple[str, int], tuple[str, frozenset[Touched]]] = {}
        self.orders: dict[ClassKey, tuple[Mro, ...]] = {}
        self.paths: set[str] = set()
        self.used: set[str] = set()
        """The files that others than themselves were looked into for."""

    def names_of(self, path: str) -> set[str]:
        """The names of a file that something came from."""
        every = [*self.bases.values(), *self.members.values(), *self.tries.values()]
        return {name for _, touched in every for each, name in touched if each == path}

    def let_go(self, keys: Iterable[ClassKey]) -> None:
        """Forget the classes of a file that nobody else looked into."""
        for key in keys:
            self.orders.pop(key, None)
            self.bases.pop(key, None)

    def without(self, changed: Iterable[Touched]) -> Memory:
        """Another one, without what came from the names `changed`.

        Also where nothing did: who still asks about an earlier moment goes on to fill this one.
        """
        gone = set(changed)
        kept = Memory()
        # Lists, because another thread may be adding to what it was given.
        kept.bases = {key: each for key, each in list(self.bases.items()) if gone.isdisjoint(each[1])}
        kept.members = {key: each for key, each in list(self.members.items()) if gone.isdisjoint(each[1])}
        paths = {path for path, _ in gone}
        kept.tries = {
            key: each
            for key, each in list(self.tries.items())
            if key[0] not in paths and gone.isdisjoint(each[1])
        }
        kept.paths = set(self.paths)
        kept.used = set(self.used)
        return kept
