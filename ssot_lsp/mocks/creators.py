"""Which calls create doubles: by what names a file reaches the mock library and pytest-mock's fixtures.

Names are resolved through the file's real bindings and across files; binding is flow-insensitive.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ssot_lsp.calls import heads_of, mentions
from ssot_lsp.definitions import CLASS, FUNCTION, Kind
from ssot_lsp.index.mock_library import MODULES, short_name
from ssot_lsp.index.origins import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.calls import Argument, Call
    from ssot_lsp.definitions import Binding, Import, Path, Scope
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.local_edits import LocalEdit

CONSTRUCTORS = frozenset(
    {
        "Mock",
        "MagicMock",
        "AsyncMock",
        "NonCallableMock",
        "NonCallableMagicMock",
        "PropertyMock",
        "ThreadingMock",
        "create_autospec",
        "mock_open",
    }
)
MOCKER_CONSTRUCTORS = frozenset(
    {
        "Mock",
        "MagicMock",
        "AsyncMock",
        "NonCallableMock",
        "PropertyMock",
        "create_autospec",
        "stub",
        "async_stub",
        "mock_open",
    }
)
MOCKER_FIXTURES = frozenset({"mocker", "class_mocker", "module_mocker", "package_mocker", "session_mocker"})
MOCKER_TYPE = "MockerFixture"
_OF_MOCKER = b"ocker"  # in all of these names
UNBOUND = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock", "patch"})
"""Names that count although nothing binds them: people type the call before the import."""

_PATCHER_KINDS = frozenset({"patch", "patch.object", "patch.multiple", "patch.context_manager"})
PATCHERS = _PATCHER_KINDS | {f"mocker.{kind}" for kind in _PATCHER_KINDS}
"""The short names of creators that put the double in the place of something."""

DEEPEST_ALIAS = 8
"""How many names may stand for one another before nobody looks any further."""

_STAR_NAMES = CONSTRUCTORS | {"patch"}
_MOCK_ATTRIBUTES = sorted(CONSTRUCTORS | {"patch", "mock"})
_MOCKER_ATTRIBUTES = sorted(MOCKER_CONSTRUCTORS | {"patch"})
# How many positional arguments a patcher takes up to and with its `new`.
_NEW_POSITION = {"patch": 1, "patch.object": 2, "patch.context_manager": 2}


class Creators:
    """What creates doubles in one version of one file."""

    def __init__(self, facts: Facts, origins: Origins, *, before: Creators | None = None) -> None:
        """Find the names, unless `before`, the creators of an earlier version, found the same: see `after`."""
        self.facts = facts
        self.origins = origins
        self._kinds: dict[Path, str | None] = {}
        if before is None:
            self.free_names = _STAR_NAMES.union(origins.star_names())
            """What may be a creator although nothing here binds it."""
            self.names = self._names_of_interest()
            """What a call must start with to be worth a look: names and dotted names."""
        else:
            self.free_names, self.names = before.free_names, before.names

    def after(self, edit: LocalEdit, facts: Facts, origins: Origins) -> Creators | None:
        """The creators of the version after `edit`; None where it may have changed what other units create doubles by."""
        if edit.edited:
            was, unit = edit.edited
            looked_for = self.free_names | MOCKER_FIXTURES
            if not _mentioned(unit, looked_for) <= _mentioned(was, looked_for):
                return None  # it may be the first one in the file
            heads = heads_of(self.names | UNBOUND)
            if _uses(was, heads) != _uses(unit, heads):
                return None
        return Creators(facts, origins, before=self)

    def _names_of_interest(self) -> frozenset[str]:
        facts, data = self.facts, self.facts.source.data
        words: set[str] = set()
        for binding in facts.imports():
            if binding.target is not None:
                words |= self._words_behind(binding.name, binding.target)
        if _OF_MOCKER in data:
            fixtures = {name for name in MOCKER_FIXTURES if name.encode() in data}
            fixtures |= {
                each.name
                for each in facts.parameters(MOCKER_TYPE.encode())
                if _is_mocker(each.name, each.annotation)
            }
            words |= {f"{name}.{each}" for name in fixtures for each in _MOCKER_ATTRIBUTES}
        # Without a star import nothing else counts than what does so unbound.
        free_names = self.free_names if any(True for _ in facts.stars()) else UNBOUND
        words |= {
            name
            for name in free_names
            if name not in words and name.encode() in data and self._may_be_free(name)
        }
        return frozenset(".".join(word.split(".")[:2]) for word in self._with_aliases(words))

    def _with_aliases(self, words: set[str]) -> set[str]:
        """`words`, and what they are called where something is assigned to a name: `M = mock.Mock`, `m = mock`."""
        if not words:
            return words
        for _ in range(DEEPEST_ALIAS):
            by_head: dict[str, list[str]] = {}
            for word in words:
                by_head.setdefault(word.partition(".")[0], []).append(word)
            heads = frozenset(by_head)
            aliases = {
                alias
                for unit in self.facts.referring(heads)
                for alias in unit.aliases()
                if alias[1].partition(".")[0] in by_head
            }
            found = {
                found
                for alias, value in aliases
                for word in by_head[value.partition(".")[0]]
                if (found := _as_alias(word, alias, value))
            }
            if found <= words:
                break
            words |= found
        return words

    def _words_behind(self, name: str, target: Import) -> set[str]:
        """What calls start with when they lead to a creator through an import that binds `name`."""
        found = {name + end for origin in self.origins.of_import(target) for end in self._endings(origin)}
        if "." in target.loads:
            loaded = self.origins.of_import(target._replace(module=target.loads, loads=""))
            found |= {target.loads + end for origin in loaded for end in self._endings(origin)}
        return found

    def _endings(self, origin: Origin) -> tuple[str, ...]:
        """What has to be taken of something with this origin to come to a creator: nothing, or `.Mock`."""
        if origin.path:
            return () if origin.name else self._endings_of_module(origin.path)
        return _endings_outside(origin.name)

    def _endings_of_module(self, path: str) -> tuple[str, ...]:
        found: list[str] = []
        for name, origin in self.origins.reexports(path):
            if name == "*":
                found += _endings_outside(origin.name.removesuffix(".*"))
            else:
                found += (f".{name}{end}" for end in self._endings(origin))
        return tuple(found)

    def _may_be_free(self, name: str) -> bool:
        """Whether some use of `name` may be one that nothing in the file binds."""
        # Only as an attribute it is somebody else's.
        if name in UNBOUND and self._is_mentioned(name) and not self.facts.is_bound(name):
            return True
        return bool(self.origins.of_star(name))

    def _is_mentioned(self, name: str) -> bool:
        data = self.facts.source.data
        return next(mentions(data, 0, len(data), frozenset({name})), None) is not None

    def creator(self, call: Call, unit: Unit) -> str | None:
        """The short name of what a call creates a double by: `MagicMock`, `patch.object`, `mocker.stub`; or None.

        A patcher that is given what it puts in the place creates none.
        """
        name = self._called(call, unit)
        return name if name not in PATCHERS or self._creates(call, name, unit) else None

    def _called(self, call: Call, unit: Unit) -> str | None:
        """The short name of the constructor or patcher that a call calls; None where it is none."""
        path = call.path
        head = path[0]
        if head in call.hidden:
            return None
        if head in call.lambda_names:
            return _mocker_creator(path[1:]) if head in MOCKER_FIXTURES else None
        if not self._is_of_module(head, unit):
            scope = unit.scope_at(call.callee[0])
            bindings, kind = self.facts.lookup(head, unit, scope)
            if bindings and kind in {FUNCTION, CLASS}:
                mocker = self._mocker_path(path, bindings, 0)
                if mocker is not None:
                    return _mocker_creator(mocker)
                return _creator_of(self.origins.of_path(path, unit, scope))
        if path not in self._kinds:
            is_bound = bool(self.facts.module_lookup(head))
            found = _creator_of(self.origins.of_module_path(path)) if is_bound else self._free(path)
            self._kinds[path] = found
        return self._kinds[path]

    def _is_of_module(self, name: str, unit: Unit) -> bool:
        """Whether nothing between a place in `unit` and the module can bind `name`."""
        container = unit.container
        if container.kind == CLASS:
            type_names = container.scope.type_names if container.scope is not None else frozenset()
            if name in container.names or name in type_names:
                return False
        elif unit.node.type == "expression_statement":
            return True
        return not unit.may_bind(name)

    def _mocker_path(
        self, path: Path, bindings: Iterable[tuple[Unit, int, Binding]], depth: int
    ) -> Path | None:
        """The path behind pytest-mock's fixture that a path leads to, through aliases; None where it does not."""
        for unit, scope, binding in bindings:
            if binding.kind is Kind.PARAMETER and _is_parameter_mocker(unit.scopes[scope], binding.name):
                return path[1:]
            if binding.alias and binding.alias[0] != binding.name and depth < DEEPEST_ALIAS:
                inner, _ = self.facts.lookup(binding.alias[0], unit, scope)
                found = self._mocker_path((*binding.alias, *path[1:]), inner, depth + 1)
                if found is not None:
                    return found
        return None

    def _creates(self, call: Call, name: str, unit: Unit) -> bool:
        """Whether a patcher makes the double itself, because it is given no `new`."""
        kind = name.removeprefix("mocker.")
        if kind == "patch.multiple":
            return any(self.defaults(call, unit))
        positional = 0
        for argument in call.arguments:
            if argument.keyword in {"*", "**"}:
                return False  # a `new` may hide in it
            if argument.keyword == "new_callable" and self._is_something_else(argument, unit):
                return False
            positional += argument.keyword == ""
            is_new = argument.keyword == "new" or (not argument.keyword and positional > _NEW_POSITION[kind])
            if is_new:
                return self._is_default(argument, unit)
        return True

    def _is_something_else(self, argument: Argument, unit: Unit) -> bool:
        """Whether a `new_callable` is surely no constructor of doubles: `patch("sys.stdout", new_callable=StringIO)`."""
        path = unit.path(argument.span)
        if not path or "()" in path or "[]" in path:
            return False
        origins = self.origins.of_path(path, unit, unit.scope_at(argument.span[0]))
        return bool(origins) and all(
            bool(origin.path) or short_name(origin.name) not in CONSTRUCTORS for origin in origins
        )

    def defaults(self, call: Call, unit: Unit) -> Iterator[str]:
        """The keywords of a `patch.multiple` whose value is `DEFAULT`."""
        for argument in call.arguments:
            if argument.keyword and self._is_default(argument, unit):
                yield argument.keyword

    def _is_default(self, argument: Argument, unit: Unit) -> bool:
        path = unit.path(argument.span)
        if not path or "()" in path:
            return False
        scope = unit.scope_at(argument.span[0])
        bindings, _ = self.facts.lookup(path[0], unit, scope)
        if not bindings:
            return path == ("DEFAULT",)
        if self._mocker_path(path, bindings, 0) == ("DEFAULT",):
            return True
        return any(
            short_name(origin.name) == "DEFAULT"
            for origin in self.origins.of_path(path, unit, scope)
            if not origin.path
        )

    def _free(self, path: Path) -> str | None:
        """The creator that a name leads to which no scope in sight binds."""
        stars = self.origins.of_star(path[0])
        if any(origin.path for origin in stars):
            return None
        found = _creator_of(Origin("", ".".join((origin.name, *path[1:]))) for origin in stars)
        if found is None and path[0] in UNBOUND and not self.facts.is_bound(path[0]):
            found = _known_creator(".".join(path))
        return found


def may_import_creators(imports: Iterable[Import], origins: Origins, needles: Iterable[bytes]) -> bool:
    """Whether the file of `origins`, which has these imports, may import a creator under a name that hides what it is.

    For the prefilter of the command line, which skips files in which no needle stands: a workspace module may hand
    out `MagicMock` as `Double`. A name that holds a needle itself cannot be used without it.
    """
    needles = tuple(needles)
    return any(
        _is_creator(outer) and not any(needle in name.encode() for needle in needles)
        for target in imports
        for origin in origins.of_import(target)
        for name, outer in (origins.reexports(origin.path) if _is_module(origin) else [("", origin)])
    )


def _is_module(origin: Origin) -> bool:
    return bool(origin.path) and not origin.name


def _is_creator(origin: Origin) -> bool:
    short = short_name(origin.name) if not origin.path else None
    return origin.name in MODULES or (short is not None and (short in CONSTRUCTORS or short == "patch"))


@lru_cache(maxsize=1024)
def _endings_outside(name: str) -> tuple[str, ...]:
    if name == "unittest":
        return (".mock",)
    if name in MODULES:
        return tuple(f".{each}" for each in _MOCK_ATTRIBUTES)
    short = short_name(name)
    is_creator = short is not None and (short in CONSTRUCTORS or short.partition(".")[0] == "patch")
    return ("",) if is_creator else ()


def _mentioned(unit: Unit, names: frozenset[str]) -> set[bytes]:
    """Which of `names` stand in the unit, and not as attributes."""
    return {match.group(1) for match in mentions(unit.data, unit.start, unit.end, names)}


def _uses(unit: Unit, heads: frozenset[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """Which of `heads` the unit binds, and the aliases that it gives them."""
    if not any(unit.holds(head.encode("utf-8", "surrogatepass")) for head in heads):
        return set(), set()
    bound = {name for scope in unit.scopes for name in scope.names if name in heads}
    return bound, {alias for alias in unit.aliases() if alias[1].partition(".")[0] in heads}


def _as_alias(word: str, alias: str, value: str) -> str:
    """What `word` is called where `alias` stands for `value`; empty where the one is no part of the other."""
    if f"{value}.".startswith(f"{word}."):
        return alias
    return alias + word[len(value) :] if word.startswith(f"{value}.") else ""


def _known_creator(short: str) -> str | None:
    return short if short in CONSTRUCTORS or short in _PATCHER_KINDS else None


def _creator_of(origins: Iterable[Origin]) -> str | None:
    for origin in origins:
        short = short_name(origin.name) if not origin.path else None
        found = _known_creator(short) if short is not None else None
        if found is not None:
            return found
    return None


def _is_mocker(name: str, annotation: str) -> bool:
    return name in MOCKER_FIXTURES or re.search(rf"\b{MOCKER_TYPE}\b", annotation) is not None


def _is_parameter_mocker(scope: Scope, name: str) -> bool:
    return any(each.name == name and _is_mocker(name, each.annotation) for each in scope.parameters)


def _mocker_creator(path: Path) -> str | None:
    short = ".".join(path)
    return f"mocker.{short}" if short in MOCKER_CONSTRUCTORS or short in _PATCHER_KINDS else None
