"""What a class derives from: names followed to definitions, and the order in which Python looks through them.

Nothing is guessed. What cannot be known is `Unknown`, with its cause; where a name may be one of several things, all
of them are followed. Names are taken as they are bound where the class statement stands, as Python does: by the last
statement before it that runs.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, Union

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.absent import World as SourcesOfModules
from ssot_lsp.index.absent import may_be_made, package_without
from ssot_lsp.index.libraries import GENERIC, OBJECT, PROTOCOL, builtin_class, library_bases, library_class
from ssot_lsp.index.shapes import ClassKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lsp.definitions import Import, Path
    from ssot_lsp.index.shapes import Bound, ClassInfo, Guard, Shape

Touched = tuple[str, str]
"""A name of a file, by its path."""

_LONGEST_CHAIN = 60  # aliases and re-exports that are followed; real chains have three
_MOST_ORDERS = 4  # where bases may be one of several classes
_MOST_CLASSES = 5_000  # in one order

# What is known to leave the order of a class alone, and to run what the class defines; a `*` stands for all below.
_HARMLESS_DECORATORS = (
    *("unittest.skip", "unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure"),
    *("unittest.mock.patch*", "mock.patch*", "pytest.mark.*", "typing.final", "typing_extensions.final"),
    *("typing.runtime_checkable", "functools.total_ordering", "enum.unique"),
)
_KEEPS_ORDER = (
    *("dataclasses.dataclass", "attr.*", "attrs.*", "ddt.ddt", "six.add_metaclass", "testtools.*"),
    *("django.test.override_settings", "django.test.utils.override_settings", "django.test.tag"),
    *("django.test.modify_settings", "django.test.utils.modify_settings", "django.test.utils.tag"),
    *("freezegun.freeze_time", "freezegun.api.freeze_time", "zope.interface.*", "typing.*"),
    *(
        "typing_extensions.*",
        "time_machine.travel",
        "responses.activate",
        "parameterized.parameterized_class",
    ),
)
_PLAIN_METACLASSES = frozenset({"abc.ABCMeta", "type", "builtins.type"})
_METACLASS_POWERS = ("mro", "__new__", "__prepare__")


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


class _Way(NamedTuple):
    """How a question was come by: the names that it touched so far, and through how many others."""

    trail: set[Touched]
    depth: int = 0

    def deeper(self) -> _Way:
        return _Way(self.trail, self.depth + 1)

    @property
    def is_too_long(self) -> bool:
        return self.depth > _LONGEST_CHAIN


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

    def let_go(self, path: str) -> None:
        """Forget the classes of a file that nobody else looked into."""
        for key in [key for key in list(self.orders) if key.path == path]:
            del self.orders[key]
        for key in [key for key in list(self.bases) if key.path == path]:
            del self.bases[key]

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


class Sources(SourcesOfModules, Protocol):
    """What is asked of other files."""


class Lineages:
    """Follows names and classes over one moment of a workspace."""

    def __init__(self, sources: Sources, memory: Memory) -> None:
        self._sources = sources
        self._memory = memory
        self.lookups: dict[tuple[str, str], str | None] = {}

    # --- questions

    def info(self, key: ClassKey) -> ClassInfo | None:
        """The class as it stands now; None outside of all sources."""
        shape = self.shape(key.path) if key.path else None
        if shape is None:
            return None
        return shape.info(key)

    def shape(self, path: str) -> Shape | None:
        """The shape of a file, None where it cannot be read."""
        try:
            return self._sources.shape(path)
        except UnreadableError:
            return None

    def orders(self, key: ClassKey) -> tuple[Mro, ...]:
        """The orders in which Python may look through a class: one, as a rule."""
        known = self._memory.orders.get(key)
        if known is None:
            self._find_orders(key)
            known = self._memory.orders[key]
        return known

    def bases(self, key: ClassKey) -> tuple[tuple[Thing, ...], ...]:
        """For each entry of a class header what it may be."""
        return self._bases(key)[0]

    def touched(self, keys: Iterable[ClassKey]) -> frozenset[Touched]:
        """The names of files that the orders of these classes come from."""
        pending = list(keys)
        seen = set(pending)
        found: set[Touched] = set()
        while pending:
            key = pending.pop()
            if not key.path:
                continue
            bases, touched = self._bases(key)
            found |= touched
            for each in (thing for options in bases for thing in options):
                if isinstance(each, ClassKey) and each not in seen:
                    seen.add(each)
                    pending.append(each)
        return frozenset(found)

    def resolve(
        self, path: str, names: Path, at: int | None = None, owner: ClassInfo | None = None
    ) -> tuple[Thing, ...]:
        """What an attribute path may be, in a file at a byte, or at its end; `owner` is the class around."""
        return self._lookup(path, names, at, owner, _Way(set(), 0))

    def dotted(
        self, path: str, names: Path, at: int | None, owner: ClassInfo | None = None, depth: int = 0
    ) -> str:
        """The dotted name of what lies outside of the workspace, as it is imported; empty where it is not known."""
        shape = self.shape(path)
        if not names or shape is None or depth > _LONGEST_CHAIN:
            return ""
        bounds: Sequence[Bound] = ()
        if owner is not None:
            bounds = self._effective(path, shape, owner.names.get(names[0], ()), at, _Way(set(), depth))
        bounds = bounds or self._effective(path, shape, shape.names.get(names[0], ()), at, _Way(set(), depth))
        if len({(each.target, each.aliases) for each in bounds}) != 1:
            return ".".join(names) if not bounds and not shape.stars else ""
        bound = bounds[0]
        if bound.what == "alias" and len(bound.aliases) == 1:
            return self.dotted(path, (*bound.aliases[0], *names[1:]), bound.at, None, depth + 1)
        if bound.what != "import" or bound.target is None:
            return ""
        module = self._absolute(path, bound.target)
        if module is None:
            return ""
        if bound.target.name is None:
            return self._dotted_module(path, module, names[1:], depth)
        found = self._workspace_path(module, path)
        if found is not None and bound.target.name in getattr(self.shape(found), "names", ()):
            return self.dotted(found, (bound.target.name, *names[1:]), None, None, depth + 1)
        return ".".join((module, bound.target.name, *names[1:]))

    def _dotted_module(self, path: str, module: str, rest: Path, depth: int) -> str:
        found = self._workspace_path(module, path)
        if found is not None and rest and rest[0] in getattr(self.shape(found), "names", ()):
            return self.dotted(found, rest, None, None, depth + 1)
        return ".".join((module, *rest))

    def is_plain_decorator(self, info: ClassInfo, names: Path) -> bool:
        """Whether a class decorator is known to leave alone what the class is and what it runs."""
        return _matches(self.dotted(info.path, names, info.start, self.owner(info)), _HARMLESS_DECORATORS)

    def owner(self, info: ClassInfo) -> ClassInfo | None:
        """The class around a class."""
        name = info.name.rpartition(".")[0]
        shape = self.shape(info.path) if name else None
        if shape is None:
            return None
        around = (each for each in shape.classes if each.name == name and each.start <= info.start < each.end)
        return next(around, None)

    # --- bases

    def _bases(self, key: ClassKey) -> tuple[tuple[tuple[Thing, ...], ...], frozenset[Touched]]:
        known = self._memory.bases.get(key)
        if known is None:
            trail: set[Touched] = {(key.path, key.name.partition(".")[0])} if key.path else set()
            found = tuple(self._find_bases(key, trail))
            known = self._memory.bases[key] = found, frozenset(trail)
            paths = {path for path, _ in trail}
            self._memory.paths |= paths
            self._memory.used |= paths - {key.path}
        return known

    def _find_bases(self, key: ClassKey, trail: set[Touched]) -> Iterator[tuple[Thing, ...]]:
        if not key.path:
            for name in library_bases(key.name):
                yield (ClassKey("", name),)
            return
        info = self.info(key)
        if info is None:
            yield (Unknown(f"`{key.name}` is no longer there"),)
            return
        owner = self.owner(info)
        generics = [
            self._lookup(info.path, each.path, info.start, owner, _Way(trail, 0)) if each.path else ()
            for each in info.bases
        ]
        has_protocol = any(ClassKey("", PROTOCOL) in each for each in generics)
        for index, each in enumerate(info.bases):
            found = generics[index]
            if not found:
                yield (Unknown(f"the base `{_short(each.text)}` is an expression"),)
            elif each.is_subscripted and found == (ClassKey("", GENERIC),):
                later = any(other.is_subscripted for other in info.bases[index + 1 :])
                if not has_protocol and not later:
                    yield found
            elif each.is_subscripted and self._subscribes_itself(found):
                yield (Unknown(f"`{_short(each.text)}` is what its `__class_getitem__` makes of it"),)
            else:
                yield tuple(map(_as_base, found))
        if any(name == "[]" for name, _ in info.keywords):
            yield (ClassKey("", GENERIC),)
        if (doubt := self._doubt(info, owner, trail)) is not None:
            yield (doubt,)

    def _subscribes_itself(self, things: Iterable[Thing]) -> bool:
        infos = (self.info(each) for each in things if isinstance(each, ClassKey))
        return any(each is not None and each.defines("__class_getitem__") for each in infos)

    def _doubt(self, info: ClassInfo, owner: ClassInfo | None, trail: set[Touched]) -> Unknown | None:
        """What makes a class something else than its header says."""
        if info.has_error:
            return Unknown(f"the header of `{info.name}` is not complete")
        for names in info.decorators:
            trail.update((info.path, each) for each in names[:1])
            dotted = self.dotted(info.path, names, info.start, owner) if names else ""
            if not _matches(dotted, (*_HARMLESS_DECORATORS, *_KEEPS_ORDER)):
                what = ".".join(names) or "an expression"
                return Unknown(f"the decorator `{what}` may make something else of `{info.name}`")
        for name, path in info.keywords:
            if name == "**":
                return Unknown(f"`{info.name}` is made with `**` in its header")
            if name == "metaclass" and not self._is_plain_metaclass(info, path, owner, trail):
                return Unknown(f"the metaclass `{'.'.join(path) or 'an expression'}` may make something else")
        return None

    def _is_plain_metaclass(
        self, info: ClassInfo, path: Path, owner: ClassInfo | None, trail: set[Touched]
    ) -> bool:
        if self.dotted(info.path, path, info.start, owner) in _PLAIN_METACLASSES:
            return True
        for thing in (
            self._lookup(info.path, path, info.start, owner, _Way(trail, 0)) if path else (Unknown(""),)
        ):
            if not isinstance(thing, ClassKey) or not self._has_no_powers(thing, _Way(trail, 0)):
                return False
        return True

    def _has_no_powers(self, key: ClassKey, way: _Way) -> bool:
        if not key.path:
            return key.name in {"builtins.type", OBJECT}
        info = self.info(key)
        if info is None or way.is_too_long or any(map(info.defines, _METACLASS_POWERS)):
            return False
        way.trail.add((key.path, key.name.partition(".")[0]))
        for each in info.bases:
            if self.dotted(info.path, each.path, info.start) in _PLAIN_METACLASSES:
                continue
            for thing in self._lookup(info.path, each.path, info.start, self.owner(info), way):
                if not isinstance(thing, ClassKey) or not self._has_no_powers(thing, way.deeper()):
                    return False
        return True

    # --- orders

    def _find_orders(self, key: ClassKey) -> None:
        """Fill in the orders of a class and of all above it, without recursion: chains may be thousands long."""
        orders = self._memory.orders
        pending = [(key, False)]
        around: set[ClassKey] = set()
        while pending:
            each, is_ready = pending.pop()
            if is_ready:
                around.discard(each)
                if each not in orders:
                    orders[each] = tuple(self._merged(each))
                continue
            if each in orders or each in around:
                continue
            around.add(each)
            pending.append((each, True))
            for thing in (thing for options in self.bases(each) for thing in options):
                if not isinstance(thing, ClassKey) or thing in orders:
                    continue
                if thing in around:
                    orders[each] = (Mro((each,), f"`{thing.name}` inherits from itself"),)
                else:
                    pending.append((thing, False))

    def _merged(self, key: ClassKey) -> Iterator[Mro]:
        chosen: list[list[Mro]] = [[]]
        for options in self.bases(key):
            found: list[Mro] = []
            for thing in options:
                if isinstance(thing, ClassKey):
                    inherits_itself = (Mro((thing,), f"`{thing.name}` inherits from itself"),)
                    found += self._memory.orders.get(thing, inherits_itself)
                elif isinstance(thing, Unknown):
                    found.append(Mro((), thing.cause))
                else:
                    found.append(Mro((), f"the base is the module `{thing.name}`"))
            chosen = [[*each, one] for each in chosen for one in dict.fromkeys(found)]
            if len(chosen) > _MOST_ORDERS:
                yield Mro((key,), f"the bases of `{key.name}` may be any of many classes")
                return
        yield from dict.fromkeys(self._order(key, each) for each in chosen)

    def _order(self, key: ClassKey, above: Sequence[Mro]) -> Mro:
        unknown = next((each for each in above if not each.is_known), None)
        if unknown is not None:
            reached = dict.fromkeys(one for each in above for one in each.classes)
            return Mro((key, *reached)[:_MOST_CLASSES], unknown.unknown, unknown.is_impossible)
        if not above:
            end = () if key == ClassKey("", OBJECT) else (ClassKey("", OBJECT),)
            return Mro((key, *end))
        if len(above) == 1:
            whole = above[0].classes
            if len(whole) > _MOST_CLASSES:
                return Mro((key, *whole), f"`{key.name}` has more than {_MOST_CLASSES} classes above it")
            return Mro((key, *whole))
        merged = _c3([*(each.classes for each in above), tuple(each.classes[0] for each in above)])
        if merged is None:
            names = ", ".join(f"`{each.classes[0].name}`" for each in above)
            cause = f"{names} cannot be put into one order"
            return Mro((key, *dict.fromkeys(one for each in above for one in each.classes)), cause, True)  # noqa: FBT003
        return Mro((key, *merged))

    # --- names

    def _lookup(
        self,
        path: str,
        names: Path,
        at: int | None,
        owner: ClassInfo | None,
        way: _Way,
    ) -> tuple[Thing, ...]:
        shape = self.shape(path)
        if shape is None or not names or way.is_too_long:
            return (Unknown(f"`{'.'.join(names)}` leads too far" if names else "it is an expression"),)
        name = names[0]
        way.trail.add((path, name))
        bounds: Sequence[Bound] = ()
        if owner is not None:
            bounds = self._effective(path, shape, owner.names.get(name, ()), at, way)
        if not bounds:
            owner = None
            bounds = self._effective(path, shape, shape.names.get(name, ()), at, way)
        heads: list[Thing] = []
        last = max((each.at for each in bounds), default=-1)
        for star in reversed(shape.stars) if owner is None else ():
            if star.at < last or (at is not None and star.at > at):
                continue
            found = self._star(path, star, name, way)
            if found is not None:
                heads += found
                bounds = ()
                break
        for bound in bounds:
            heads += self._of_bound(path, name, bound, way, owner)
        if not heads:
            builtin = builtin_class(name)
            if builtin is not None:
                heads.append(ClassKey("", builtin))
            elif shape.is_dynamic or any(self._may_bring(path, each, name) for each in shape.stars):
                heads.append(Unknown(f"`{name}` may come to be in ways that are not looked into"))
            else:
                heads.append(Unknown(f"`{name}` is not defined"))
        return self._descended(heads, names[1:], way)

    def _descended(self, heads: Iterable[Thing], names: Path, way: _Way) -> tuple[Thing, ...]:
        things = list(dict.fromkeys(heads))
        for name in names:
            things = [found for each in things for found in self._attribute(each, name, way.deeper())]
        return tuple(dict.fromkeys(things))

    def _of_bound(
        self,
        path: str,
        name: str,
        bound: Bound,
        way: _Way,
        owner: ClassInfo | None,
    ) -> tuple[Thing, ...]:
        if bound.what == "class" and bound.info is not None:
            return (bound.info.key,)
        if bound.what == "import" and bound.target is not None:
            return self._import(path, bound.target, way.deeper())
        if bound.what == "alias":
            return tuple(
                each
                for alias in bound.aliases
                for each in self._lookup(path, alias, bound.at, owner, way.deeper())
            )
        return (Unknown(f"`{name}` is bound to an expression"),)

    def _effective(
        self,
        path: str,
        shape: Shape,
        bounds: Sequence[Bound],
        at: int | None,
        way: _Way,
    ) -> list[Bound]:
        """Those of `bounds` that may be the one that counts at a byte, or at the end."""
        found: list[Bound] = []
        branches: dict[int, set[int]] = {}
        for bound in reversed(bounds):
            if at is not None and bound.at >= at:
                continue
            state = self._state(path, shape, bound.guards, way)
            if state == "never":
                continue
            found.append(bound)
            if state == "always":
                break
            if len(bound.guards) == 1 and (guard := bound.guards[0]).branches:
                seen = branches.setdefault(guard.statement, set())
                seen.add(guard.branch)
                attempt = shape.tries.get(guard.statement)
                if len(seen | (attempt.gives_up if attempt is not None else set())) == guard.branches:
                    break
        found.reverse()
        return found

    def _state(self, path: str, shape: Shape, guards: Sequence[Guard], way: _Way) -> str:
        state = "always"
        for guard in guards:
            if guard.kind == "never":
                return "never"
            if guard.kind != "try":
                state = "maybe"
                continue
            outcome = self._outcome(path, shape, guard.statement, way)
            if outcome == "maybe":
                state = "maybe"
            elif (outcome == "ends") != (guard.branch == 0):
                return "never"
            elif outcome == "fails" and guard.branches > 2:
                state = "maybe"
        return state

    def _outcome(self, path: str, shape: Shape, statement: int, way: _Way) -> str:
        """Whether the body of a `try` "ends" or "fails", by its imports; "maybe" where that is not known."""
        key = (path, statement)
        known = self._memory.tries.get(key)
        if known is None:
            own: set[Touched] = set()
            attempt = shape.tries.get(statement)
            outcome = "maybe"
            if attempt is not None and not way.is_too_long and attempt.imports:
                states = [self._import_state(path, each, _Way(own, way.depth)) for each in attempt.imports]
                if "fails" in states:
                    outcome = "fails"
                elif "maybe" not in states and attempt.is_plain:
                    outcome = "ends"
            known = self._memory.tries[key] = outcome, frozenset(own)
        outcome, touched = known
        way.trail.update(touched)
        return outcome

    def _import_state(self, path: str, target: Import, way: _Way) -> str:
        module = self._absolute(path, target)
        if module is None:
            return "fails"
        if not module or module.partition(".")[0] in sys.stdlib_module_names:
            return "ends" if library_class(f"{module}.{target.name}") or target.name is None else "maybe"
        found = self._path_of(module, path)
        if found is None:
            return "fails" if self._package_without(module, path, way) else "maybe"
        if target.name is None or target.name == "*":
            return "ends"
        things = self._member(found, target.name, way.deeper())
        if any(isinstance(each, Unknown) for each in things):
            return "fails" if any(isinstance(each, Unknown) and each.missing for each in things) else "maybe"
        return "ends"

    def _package_without(self, module: str, importer: str, way: _Way) -> str | None:
        """The file of the package that surely lacks a module; None where that is not sure."""
        asked: set[str] = set()
        found = package_without(self._sources, module, importer, asked)
        way.trail.update((each, "__path__") for each in asked)
        return found

    # --- modules

    def _import(self, importer: str, target: Import, way: _Way) -> tuple[Thing, ...]:
        module = self._absolute(importer, target)
        if module is None:
            return (Unknown(f"`{'.' * target.level}{target.module}` leads out of the package"),)
        if way.is_too_long:
            return (Unknown(f"`{module}` leads too far"),)
        if target.name is None:
            return (Module(self._path_of(module, importer), module, importer),)
        return self._attribute(Module(self._path_of(module, importer), module, importer), target.name, way)

    def _attribute(self, thing: Thing, name: str, way: _Way) -> tuple[Thing, ...]:
        if isinstance(thing, Unknown):
            return (thing,)
        if isinstance(thing, ClassKey):
            return self._class_member(thing, name, way)
        whole = f"{thing.name}.{name}"
        if thing.path is not None:
            found = self._member(thing.path, name, way)
            if any(isinstance(each, Unknown) and each.missing for each in found):
                below = self._path_of(whole, thing.importer)
                if below is not None or self._is_folder(whole, thing.importer):
                    return (Module(below, whole, thing.importer),)
                if may_be_made(self._sources, whole, thing.path):
                    return (Unknown(f"the module `{whole}` may be made"),)
            return found
        library = library_class(whole)
        if library is not None:
            return (ClassKey("", library),)
        below = self._path_of(whole, thing.importer)
        if below is not None or whole in _LIBRARY_MODULES or self._is_folder(whole, thing.importer):
            return (Module(below, whole, thing.importer),)
        top = thing.name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return (Unknown(f"`{whole}` of the standard library is not looked into"),)
        package = self._package_without(thing.name, thing.importer, way)
        if package is not None:
            return (Unknown(f"there is no module `{thing.name}`", (package, thing.name)),)
        return (Unknown(f"the module `{thing.name}` is not found"),)

    def _class_member(self, key: ClassKey, name: str, way: _Way) -> tuple[Thing, ...]:
        info = self.info(key)
        shape = self.shape(key.path) if key.path else None
        if info is None or shape is None or way.is_too_long:
            return (Unknown(f"`{key.name}.{name}` is not looked into"),)
        way.trail.add((key.path, key.name.partition(".")[0]))
        bounds = self._effective(key.path, shape, info.names.get(name, ()), None, way)
        if not bounds:
            return (Unknown(f"`{key.name}` itself does not define `{name}`"),)
        return tuple(
            each for bound in bounds for each in self._of_bound(key.path, name, bound, way.deeper(), info)
        )

    def _member(self, path: str, name: str, way: _Way) -> tuple[Thing, ...]:
        """What the module at `path` calls `name` when all of it has run."""
        key = (path, name)
        known = self._memory.members.get(key)
        if known is None:
            if way.is_too_long:
                return (Unknown(f"`{name}` leads too far"),)
            own: set[Touched] = {key}
            # For those who come back here on the way: an import cycle that defines nothing.
            circle = Unknown(f"`{name}` is imported in a circle", ("", name))
            self._memory.members[key] = (circle,), frozenset(own)
            found = self._find_member(path, name, _Way(own, way.depth))
            known = self._memory.members[key] = found, frozenset(own)
            paths = {path for path, _ in own}
            self._memory.paths |= paths
            self._memory.used |= paths
        found, touched = known
        way.trail.update(touched)
        return found

    def _find_member(self, path: str, name: str, way: _Way) -> tuple[Thing, ...]:
        shape = self.shape(path)
        if shape is None:
            return (Unknown(f"{path} cannot be read"),)
        bounds = self._effective(path, shape, shape.names.get(name, ()), None, way)
        last = max((each.at for each in bounds), default=-1)
        for star in reversed(shape.stars):
            if star.at > last and (found := self._star(path, star, name, way)) is not None:
                return found
        things = [each for bound in bounds for each in self._of_bound(path, name, bound, way, None)]
        if things:
            return tuple(dict.fromkeys(things))
        if shape.names.get(name) or shape.is_dynamic or path.endswith(".pyi"):
            return (Unknown(f"`{name}` may come to be in ways that are not looked into"),)
        if any(self._may_bring(path, each, name) for each in shape.stars):
            return (Unknown(f"a star import that leads elsewhere may bring `{name}`"),)
        if shape.has_error:
            return (Unknown(f"{path} is not complete"),)
        module = self._sources.workspace_modules().name_of(path)
        return (Unknown(f"`{module}` does not define `{name}`", (path, name)),)

    def _star(self, importer: str, star: Bound, name: str, way: _Way) -> tuple[Thing, ...] | None:
        """What a star import brings by that name; None where it surely brings nothing, or leads elsewhere."""
        module = self._absolute(importer, star.target) if star.target is not None else None
        found = self._path_of(module, importer) if module else None
        if found is None or found == importer or way.is_too_long:
            library = library_class(f"{module}.{name}") if module else None
            return (ClassKey("", library),) if library is not None else None
        shape = self.shape(found)
        way.trail.add((found, "__all__"))
        if shape is None or not shape.exports_name(name):
            return None
        things = self._member(found, name, way.deeper())
        if all(isinstance(each, Unknown) and each.missing for each in things):
            return None
        return things

    def _may_bring(self, importer: str, star: Bound, name: str) -> bool:
        """Whether a star import leads to where nobody looks."""
        module = self._absolute(importer, star.target) if star.target is not None else None
        if not module:
            return True
        if module.partition(".")[0] in sys.stdlib_module_names:
            return library_class(f"{module}.{name}") is not None or name[:1].isupper()
        found = self._path_of(module, importer)
        if found is None:
            return True
        shape = self.shape(found)
        return shape is None or shape.is_dynamic or (shape.has_all and shape.exports is None)

    def _absolute(self, importer: str, target: Import) -> str | None:
        if not target.level:
            return target.module
        return self._sources.workspace_modules().absolute(importer, target.level, target.module)

    def _workspace_path(self, module: str, importer: str) -> str | None:
        found = self._sources.workspace_modules().path_of(module, importer)
        self.lookups[importer, module] = found
        return found

    def _is_folder(self, module: str, importer: str) -> bool:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return False
        installed = self._sources.installed_modules()
        if not installed.holds(importer) and self._sources.workspace_modules().is_folder(module, importer):
            return True
        return installed.is_folder(module)

    def _path_of(self, module: str, importer: str) -> str | None:
        if module.partition(".")[0] in sys.stdlib_module_names:
            return None
        installed = self._sources.installed_modules()
        if installed.holds(importer):
            return installed.path_of(module, importer)
        found = self._workspace_path(module, importer)
        return found if found is not None else installed.path_of(module)


_LIBRARY_MODULES = frozenset(
    {"unittest.case", "unittest.async_case", "unittest.mock", "json.encoder", "html.parser"}
)


def _matches(dotted: str, patterns: Iterable[str]) -> bool:
    return bool(dotted) and any(
        dotted.startswith(each[:-1]) if each.endswith("*") else dotted == each for each in patterns
    )


def _as_base(thing: Thing) -> Thing:
    return Unknown(f"the base is the module `{thing.name}`") if isinstance(thing, Module) else thing


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else f"{flat[:37]}..."


def _c3(sequences: list[tuple[ClassKey, ...]]) -> list[ClassKey] | None:
    """Merge as Python does; None where there is no order."""
    result: list[ClassKey] = []
    heads = [0] * len(sequences)
    inside: dict[ClassKey, int] = {}  # in how many tails a class stands
    for each in sequences:
        for key in each[1:]:
            inside[key] = inside.get(key, 0) + 1
    while True:
        left = [index for index, each in enumerate(sequences) if heads[index] < len(each)]
        if not left:
            return result
        for index in left:
            key = sequences[index][heads[index]]
            if not inside.get(key):
                break
        else:
            return None
        result.append(key)
        for index in left:
            each = sequences[index]
            if each[heads[index]] == key:
                heads[index] += 1
                if heads[index] < len(each):
                    inside[each[heads[index]]] -= 1
