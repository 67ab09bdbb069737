"""What a file defines, as plain data without a tree: the classes, their headers and methods, and who binds which name.

A *shape* leaves the bodies of functions out but for a few words, so that an edit in a body leaves it equal: places
take no part in comparison. It is what the class index works on, small enough to be kept for every file that others
derive from. Numbers are bytes of `Source.data`. How it is read: `shape_reading`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssot_lsp.definitions import Import, Path

HOOKS = frozenset(
    {
        *("setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown"),
        *("setup_method", "teardown_method", "setup_class", "teardown_class"),
        *("async_setup_method", "async_teardown_method", "async_setup", "async_teardown"),
        *("setup", "teardown", "setUpTestData", "asyncSetUpClass", "asyncTearDownClass"),
    }
)
"""The methods that runners and bases call before and after a test, by the names that they go by."""

ALWAYS: tuple[Guard, ...] = ()


class Guard(NamedTuple):
    """A block that may not run: of which statement, and which of its branches.

    `statement` is the byte where it starts, `branches` how many there are, 0 where none of them may run.
    """

    statement: int
    kind: str  # "if", "try", "type-checking", "maybe"
    branch: int
    branches: int


class Try(NamedTuple):
    """What decides whether the body of a `try` runs to its end: `imports` of it; `is_plain` when nothing else does."""

    imports: tuple[Import, ...]
    is_plain: bool
    gives_up: frozenset[int]
    """The branches that never get past the statement: they raise, or skip the module."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A name, bound: by an import, to one of several paths, or to a class; none of these is anything else."""

    at: int = field(compare=False)
    what: str  # "import", "alias", "class", "function", "true", "false", "other", "deleted"
    guards: tuple[Guard, ...] = field(compare=False, default=())
    target: Import | None = None
    aliases: tuple[Path, ...] = ()
    info: ClassInfo | None = None

    @property
    def branches(self) -> tuple[tuple[str, int], ...]:
        """Under which conditions it stands, without places."""
        return tuple((each.kind, each.branch) for each in self.guards)


@dataclass(frozen=True, slots=True)
class Base:
    """One entry of a class header: the attribute path that it is, without subscripts; empty for other expressions."""

    path: Path
    text: str
    span: tuple[int, int] = field(compare=False)
    is_subscripted: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function by what it says, wherever it stands. `name_at` is relative to the start of its statement."""

    name: str
    name_at: tuple[int, int] = field(compare=False)
    is_async: bool
    is_generator: bool
    decorators: tuple[Path, ...]
    mentions: frozenset[str]
    """The hooks that its body speaks of, but for `super().hook` in the hook itself."""
    supers: frozenset[str]
    """The hooks that it calls of `super()`."""
    is_trivial: bool
    """Whether it is a hook that does nothing: a docstring, `pass`, `...`, a call of `super()`."""
    is_dynamic: bool
    """Whether it calls what is named by a string."""
    parameters: tuple[str, ...] = ()
    """Of a hook: its parameters as they are written."""


class Method(NamedTuple):
    """A function of a class: `start` is the first byte of its statement, decorators included."""

    start: int
    end: int
    function: Function
    guards: tuple[Guard, ...] = ALWAYS

    @property
    def name(self) -> str:
        """Its name."""
        return self.function.name

    @property
    def name_span(self) -> tuple[int, int]:
        """The bytes of its name."""
        low, high = self.function.name_at
        return self.start + low, self.start + high


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class by its text. `name` is the qualified name, `number` tells definitions of one name in a file apart."""

    path: str
    name: str
    number: int
    start: int = field(compare=False)
    end: int = field(compare=False)
    name_span: tuple[int, int] = field(compare=False)
    body: int = field(compare=False)
    bases: tuple[Base, ...]
    keywords: tuple[tuple[str, Path], ...]
    decorators: tuple[Path, ...]
    methods: tuple[tuple[Function, tuple[tuple[str, int], ...]], ...]
    names: Mapping[str, tuple[Bound, ...]] = field(hash=False)
    places: tuple[Method, ...] = field(compare=False)
    is_guarded: bool = field(compare=False)
    is_fallback: bool
    """Whether it stands below `except`: what somebody makes do with."""
    has_error: bool

    @property
    def key(self) -> ClassKey:
        """What it goes by."""
        return ClassKey(self.path, self.name, self.number)

    @property
    def short_name(self) -> str:
        """Its name without those of the classes around it."""
        return self.name.rpartition(".")[2]

    def method(self, name: str) -> Method | None:
        """The method of that name that counts: the last one."""
        return next((each for each in reversed(self.places) if each.function.name == name), None)

    def defines(self, name: str) -> bool:
        """Whether its body binds `name`, in whatever way."""
        return name in self.names


class ClassKey(NamedTuple):
    """A class, wherever it stands by now. Without a path, `name` is the dotted name of one outside of all sources."""

    path: str
    name: str
    number: int = 0

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Shape:
    """A file. `exports` is what `__all__` lists, None where there is none or it is put together somehow."""

    path: str
    classes: tuple[ClassInfo, ...]
    names: Mapping[str, tuple[Bound, ...]]
    stars: tuple[Bound, ...]
    tries: Mapping[int, Try]
    exports: frozenset[str] | None
    has_all: bool
    is_dynamic: bool
    """Whether names may come to be in other ways than by being written down."""
    has_error: bool
    sequence: tuple[str, ...]
    """The names in the order in which the module binds them."""
    lost: tuple[ClassInfo, ...] = ()
    """Classes that an error swallows, as they were before."""

    def info(self, key: ClassKey) -> ClassInfo | None:
        """The class of that key."""
        for each in (*self.classes, *self.lost):
            if each.name == key.name and each.number == key.number:
                return each
        return None

    def token(self, name: str) -> object:
        """What has to be equal for `name` to mean the same here; places take no part."""
        found = self.names.get(name)
        if found is not None:
            tries = {
                guard.statement: self.tries.get(guard.statement) for each in found for guard in each.guards
            }
            order = self.sequence if len(found) > 1 else ()
            return found, tuple(each.branches for each in found), tuple(tries.values()), order
        return self.stars, self.exports, self.is_dynamic, self.has_error

    def exports_name(self, name: str) -> bool:
        """Whether `import *` brings `name` along."""
        return name in self.exports if self.exports is not None else not name.startswith("_")


def merged(shape: Shape, good: Shape) -> Shape:
    """The shape of a broken text, with what the same file said when it was last whole.

    Names that are bound nowhere now mean what they did, and so do classes of which the header is being typed.
    """
    mended: list[ClassInfo] = []
    for info in shape.classes:
        before = good.info(info.key) if info.has_error else None
        if before is not None:
            info = replace(  # noqa: PLW2901 - the same class, mended
                info,
                bases=before.bases,
                keywords=before.keywords,
                decorators=before.decorators,
                has_error=False,
            )
        mended.append(info)
    present = {info.key for info in mended}
    lost = tuple(info for info in (*good.classes, *good.lost) if info.key not in present)
    names = {name: found for name, found in good.names.items() if name not in shape.names}
    infos = {info.key: info for info in mended}
    kept = {
        name: tuple(
            replace(each, info=infos[each.info.key])
            if each.info is not None and each.info.key in infos
            else each
            for each in found
        )
        for name, found in shape.names.items()
    }
    # What is lost may count anywhere in the file.
    names = {name: tuple(replace(each, at=-1) for each in found) for name, found in names.items()}
    return replace(
        shape,
        classes=tuple(mended),
        lost=lost,
        names={**kept, **names},
        stars=shape.stars or good.stars,
        tries={**good.tries, **shape.tries},
    )
