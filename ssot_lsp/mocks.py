"""Mock sites of one file: which calls create doubles, which double belongs to which.

A *site* is a call that creates a double. It is a *child* when it configures another double (an argument inside of
another site's call, or assigned to an attribute path of a name that is bound to one), else a *root*. Names are
resolved through the file's real bindings and across files; binding is flow-insensitive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import methodcaller
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from ssot_lsp.calls import heads_of, mentions
from ssot_lsp.definitions import CLASS, FUNCTION, Kind
from ssot_lsp.facts import is_method, self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.index.fixtures import base_origins, class_named, fixture_name
from ssot_lsp.index.origins import Origin
from ssot_lsp.local_edits import local_edit
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.calls import Argument, Call
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.definitions import Binding, Decorator, Import, Path, PathBinding, Scope
    from ssot_lsp.facts import Container, Facts, Unit
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.index.receivers import Receivers
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
UNBOUND = frozenset({"Mock", "MagicMock", "AsyncMock", "PropertyMock", "patch"})
"""Names that count although nothing binds them: people type the call before the import."""

_STAR_NAMES = CONSTRUCTORS | {"patch"}
_MOCK_MODULE_NAMES = frozenset({"unittest.mock", "mock", "mock.mock"})
_MOCK_ATTRIBUTES = sorted(CONSTRUCTORS | {"patch", "mock"})
_MOCKER_ATTRIBUTES = sorted(MOCKER_CONSTRUCTORS | {"patch"})
_MOCK_MODULES = ("unittest.mock.", "mock.mock.", "mock.")
_DEEPEST_ALIAS = 8
_TEST_PREFIX = "test"
# How many positional arguments a patcher takes up to and with its `new`.
_NEW_POSITION = {"patch": 1, "patch.object": 2, "patch.context_manager": 2}
_PATCHERS = frozenset({"patch", "patch.object", "patch.multiple", "patch.context_manager"})


class Double(NamedTuple):
    """What an expression is known to be: the double of `site`, or one from elsewhere where that is None."""

    site: Site | None


_Bound = TypeVar("_Bound", "Binding", "PathBinding")


@dataclass(slots=True, eq=False)
class Site:
    """A call that creates a double. `name` is the creator's short name: `MagicMock`, `patch.object`, `mocker.stub`.

    `span` is the callee in code points. `parent` is what it is a child of, where it is one.
    """

    unit: Unit
    call: Call
    name: str
    is_patch: bool
    span: Span
    is_exempt: bool
    parent: Double | None = None
    # What `subjects` found out, nothing being empty; None as long as nobody asked.
    subject: tuple[()] | tuple[str, str] | None = None

    @property
    def scope(self) -> int:
        """The number of the scope of `unit` that it stands in."""
        return self.unit.scope_at(self.call.callee[0])

    def moved(self, unit: Unit, by: int) -> Site:
        """The same site in a later version of its unit, `by` code points further on, without its parent."""
        span = self.span.shift(by)
        return Site(unit, self.call, self.name, self.is_patch, span, self.is_exempt, None, self.subject)

    @property
    def root(self) -> Site | None:
        """The site that speaks for this one: itself, or the end of its parents; None where that is no site here."""
        if self.parent is None:
            return self
        site, seen = self, {id(self)}
        while site.parent is not None:
            if site.parent.site is None:
                return None
            site = site.parent.site
            if id(site) in seen:
                # Two doubles that configure each other: the first of them in the text speaks for both.
                return min((each for each in _cycle(site)), key=lambda each: each.span)
            seen.add(id(site))
        return site


class Elsewhere(Protocol):
    """What a file's mocks need to know of other files."""

    def mocks(self, path: str) -> Mocks:
        """The mocks of another workspace file; raises UnreadableError."""

    def receivers(self, path: str) -> Receivers:
        """The factories of another workspace file; raises UnreadableError."""

    def module_path(self, module: str, importer: str) -> str | None:
        """The file of a dotted module as seen from the file `importer`."""


class Mocks:
    """The sites of one version of one file, under one configuration."""

    def __init__(
        self,
        path: str,
        facts: Facts,
        origins: Origins,
        config: ProjectConfig,
        elsewhere: Elsewhere,
        *,
        before: Mocks | None = None,
    ) -> None:
        """Find the sites. `before` are the mocks of an earlier version in a world that, beside it, is the same.

        Of these is taken over what an edit inside of one test leaves as it was.
        """
        self.path = path
        self.facts = facts
        self.origins = origins
        self.receivers = elsewhere.receivers(path)
        self.config = config
        self._elsewhere = elsewhere
        self._kinds: dict[Path, str | None] = {}
        self._results: dict[tuple[int, tuple[int, int]], Site] = {}
        self._by_call: dict[tuple[int, tuple[int, int]], Site] = {}
        self._parameters: dict[tuple[int, int], dict[str, Double]] = {}
        self._own_factories = {each.rpartition(".")[2] for each in config.factory if self._is_ours(each)}
        self._factory_modules = {
            found
            for each in config.factory
            if "." in each and (found := elsewhere.module_path(each, path)) is not None
        }
        self._is_source_of_truth = path in self._factory_modules or self._holds_bases()
        self._asked = 0, 0  # the byte of the site whose parent is looked for, and that of its unit
        self.is_settled = False  # whether each site has its parent
        self.names: frozenset[str] = frozenset()  # what a call must start with to be worth a look
        self.free_names: frozenset[str] = frozenset()  # what may be a creator although nothing here binds it
        self.sites: tuple[Site, ...]
        edit = local_edit(before.facts, facts) if before is not None and before.is_settled else None
        if before is not None and edit is not None and before.hold_after(edit):
            self.names, self.free_names = before.names, before.free_names
            self.sites, self._unsettled = self._take_over(before, edit)
        else:
            self.names = self._names_of_interest()
            self.sites = self._unsettled = tuple(self._find_sites())

    def roots(self) -> dict[Site, list[Site]]:
        """Each root with its children, in the order of the text."""
        self._adopt()
        found: dict[Site, list[Site]] = {}
        for site in self.sites:
            root = site.root
            if root is site and not site.is_exempt:
                found.setdefault(site, [])
        for site in self.sites:
            root = site.root
            if root is not None and root is not site and root in found:
                found[root].append(site)
        return found

    def _is_ours(self, name: str) -> bool:
        """Whether a configured name, bare or dotted, can mean a definition in this file."""
        module = name.rpartition(".")[0]
        return not module or self._elsewhere.module_path(module, self.path) == self.path

    def _holds_bases(self) -> bool:
        bases = {each.rpartition(".")[2] for each in self.config.base_classes if self._is_ours(each)}
        return any(container.name in bases for container in self.facts.classes)

    # --- sites

    def _find_sites(self) -> Iterator[Site]:
        if self.names:
            for unit, calls in self.facts.calling(self.names):
                yield from self._sites_among(calls, unit)

    def _sites_among(self, calls: Iterable[Call], unit: Unit) -> Iterator[Site]:
        source = self.facts.source
        is_ascii, is_exempt = source.is_ascii, self._is_exempt(unit)
        for call in calls:
            name = self._creator(call, unit)
            if name is None:
                continue
            kind = name.removeprefix("mocker.")
            is_patch = kind in _PATCHERS
            if is_patch and not self._creates(call, kind, unit):
                continue
            start, end = unit.start + call.callee[0], unit.start + call.callee[1]
            span = Span(start, end) if is_ascii else Span(source.offset(start), source.offset(end))
            yield self._add(Site(unit, call, name, is_patch, span, is_exempt))

    def _add(self, site: Site) -> Site:
        start, call = site.unit.start, site.call
        for result in call.results:
            self._results[start, result] = site
        self._by_call[start, call.span] = site
        return site

    def hold_after(self, edit: LocalEdit) -> bool:
        """Whether the edited unit has to do with the names of creators, for all others, as it had before."""
        if not edit.edited:
            return True
        was, unit = edit.edited
        looked_for = self.free_names | MOCKER_FIXTURES
        if not _mentioned(unit, looked_for) <= _mentioned(was, looked_for):
            return False  # it may be the first one in the file
        heads = heads_of(self.names | UNBOUND)
        return _uses(was, heads) == _uses(unit, heads)

    def _take_over(self, before: Mocks, edit: LocalEdit) -> tuple[tuple[Site, ...], tuple[Site, ...]]:
        """The sites, those of units that are the same as they were found; and those of which the parent is not known."""
        self.origins.dependencies |= before.origins.dependencies
        self.origins.lookups.update(before.origins.lookups)
        source, old_source = self.facts.source, before.facts.source
        found: dict[int, list[Site]] = {}
        for site in before.sites:
            found.setdefault(site.unit.start, []).append(site)
        sites: list[Site] = []
        unsettled: list[Site] = []
        same: dict[Site, Site] = {}
        edited = edit.edited
        for was, unit, may_notice in edit.units():
            if unit in edited:
                new = list(self._sites_among(unit.calls(self.names), unit))
                unsettled += new
            elif was.start in found:
                by = source.offset(unit.start) - old_source.offset(was.start)
                new = [self._add(site.moved(unit, by)) for site in found[was.start]]
                same.update(zip(found[was.start], new, strict=True))
                if may_notice:
                    unsettled += new
            else:
                continue
            sites += new
        for old, site in same.items():
            site.parent = old.parent
            if old.parent is not None and old.parent.site is not None:
                site.parent = Double(same.get(old.parent.site))
                if site.parent.site is None:
                    unsettled.append(site)
        for site in unsettled:
            site.parent = site.subject = None
        return tuple(sites), tuple(unsettled)

    def _names_of_interest(self) -> frozenset[str]:
        """What a call must start with to be worth a look: names and dotted names."""
        facts, data = self.facts, self.facts.source.data
        words: set[str] = set()
        for binding in facts.imports():
            if binding.target is not None:
                words.update(self._words_behind(binding.name, binding.target))
        fixtures = {name for name in MOCKER_FIXTURES if name.encode() in data}
        fixtures |= {
            each.name
            for each in facts.parameters(MOCKER_TYPE.encode())
            if _is_mocker(each.name, each.annotation)
        }
        words |= {f"{name}.{each}" for name in fixtures for each in _MOCKER_ATTRIBUTES}
        self.free_names = _STAR_NAMES.union(self.origins.star_names())
        words |= {
            name
            for name in self.free_names
            if name not in words and name.encode() in data and self._may_be_free(name)
        }
        return frozenset(".".join(word.split(".")[:2]) for word in self._with_aliases(words))

    def _with_aliases(self, words: set[str]) -> set[str]:
        """`words`, and what they are called where something is assigned to a name: `M = mock.Mock`, `m = mock`."""
        if not words:
            return words
        for _ in range(_DEEPEST_ALIAS):
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

    def _words_behind(self, name: str, target: Import) -> Iterator[str]:
        """What calls start with when they lead to a creator through an import that binds `name`."""
        for origin in self.origins.of_import(target):
            yield from (name + end for end in self._endings(origin))
        if "." in target.loads:
            for origin in self.origins.of_import(target._replace(module=target.loads, loads="")):
                yield from (target.loads + end for end in self._endings(origin))

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

    def _creator(self, call: Call, unit: Unit) -> str | None:
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
            if binding.alias and binding.alias[0] != binding.name and depth < _DEEPEST_ALIAS:
                inner, _ = self.facts.lookup(binding.alias[0], unit, scope)
                found = self._mocker_path((*binding.alias, *path[1:]), inner, depth + 1)
                if found is not None:
                    return found
        return None

    def _creates(self, call: Call, name: str, unit: Unit) -> bool:
        """Whether a patcher makes the double itself, because it is given no `new`."""
        if name == "patch.multiple":
            return any(self._defaults(call, unit))
        positional = 0
        for argument in call.arguments:
            if argument.keyword in {"*", "**"}:
                return False  # a `new` may hide in it
            if argument.keyword == "new_callable" and self._is_something_else(argument, unit):
                return False
            positional += argument.keyword == ""
            is_new = argument.keyword == "new" or (not argument.keyword and positional > _NEW_POSITION[name])
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
            bool(origin.path) or _short(origin.name) not in CONSTRUCTORS for origin in origins
        )

    def _defaults(self, call: Call, unit: Unit) -> Iterator[str]:
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
            _short(origin.name) == "DEFAULT"
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

    def outer_site(self, site: Site) -> Site | None:
        """The nearest site whose call a site is an argument of."""
        for outer in site.call.enclosing:
            inner = self._by_call.get((site.unit.start, outer.span))
            if inner is not None:
                return inner
        return None

    def is_exempt(self, byte: int) -> bool:
        """Whether this byte stands where doubles are made for all: inside a factory, or beside an SSOT base."""
        return self._is_source_of_truth or any(
            each.start <= byte < each.end for each in self.facts.classes if each.name in self._own_factories
        )

    def _is_exempt(self, unit: Unit) -> bool:
        return self._is_source_of_truth or unit.container.name in self._own_factories

    # --- roots and children

    def _adopt(self) -> None:
        if not self.is_settled:
            self.is_settled = True
            for site in self._unsettled:
                site.parent = self._parent_of(site)

    def _parent_of(self, site: Site) -> Double | None:
        unit, call = site.unit, site.call
        outer = self.outer_site(site)
        if outer is not None:
            return Double(outer)
        if any(
            each.path and self._is_product((*each.path, "()"), unit, site.scope, 0) for each in call.enclosing
        ):
            return Double(None)
        self._asked = unit.start + call.span[0], unit.start
        for target in call.targets:
            if len(target) > 1:
                found = self._bound(target[:-1], unit, site.scope, 0)
                if found is not None and found.site is not site:
                    return found
        return None

    def _bound(self, path: Path, unit: Unit, scope: int, depth: int) -> Double | None:
        """The double that an attribute path is, or is a part of; None where it is none or unknown."""
        if depth > _DEEPEST_ALIAS:
            return None
        if self._is_product(path, unit, scope, depth):
            return Double(None)
        if len(path) > 1 and path[0] == self_name(unit, scope):
            return self._self_attribute(path, unit, scope, depth)
        if path[0] == self_name(unit, scope):
            return None
        bindings, kind = self.facts.lookup(path[0], unit, scope)
        for owner, number, binding in self._nearest_first(bindings):
            found = self._of_binding(binding, owner, number, path[1:], depth)
            if found is not None:
                return found
        found = self._of_paths(path, self._scopes_around(unit, scope, kind), depth) if len(path) > 1 else None
        return found or self._in_debris(path[0], unit)

    def _nearest_first(self, bound: list[tuple[Unit, int, _Bound]]) -> list[tuple[Unit, int, _Bound]]:
        """Bindings in the order of their distance from the site that is asked about, the same function's before all.

        Any of them makes a double; but a child should be counted to the one that its reader sees.
        """
        if len(bound) < 2:
            return bound
        at, unit = self._asked

        def distance(each: tuple[Unit, int, _Bound]) -> tuple[bool, bool, int]:
            owner, _, binding = each
            start = owner.start + (binding.value[0] if binding.value is not None else 0)
            return owner.start != unit, start > at, abs(at - start)

        return sorted(bound, key=distance)

    def _in_debris(self, name: str, unit: Unit) -> Double | None:
        """The double that a broken statement assigns to `name`: the tree has the call, but not the assignment."""
        if not unit.node.has_error:
            return None
        sites = (site for site in self.sites if site.unit is unit and site.call.targets == ((name,),))
        return next((Double(site) for site in sites), None)

    def _scopes_around(self, unit: Unit, scope: int, kind: str) -> Iterator[tuple[Unit, int, Scope]]:
        """The scopes in which a path of a name may be assigned: those around, and the module's where it is global."""
        number = scope
        while number >= 0:
            yield unit, number, unit.scopes[number]
            number = unit.scopes[number].parent
        if kind not in {FUNCTION, CLASS}:
            for each in self.facts.module.units:
                if each is not unit and each.memo.scopes is not None:
                    yield each, 0, each.memo.scopes[0]

    def _of_paths(self, path: Path, scopes: Iterable[tuple[Unit, int, Scope]], depth: int) -> Double | None:
        """`svc.client = Mock()` makes `svc.client` a double wherever `svc` is the same name."""
        for unit, number, scope in scopes:
            for each in scope.paths:
                length = len(each.path)
                if each.value is not None and path[:length] == each.path:
                    found = self._of_value(each, unit, number, path[length:], depth + 1)
                    if found is not None:
                        return found
        return None

    def _of_binding(self, binding: Binding, unit: Unit, scope: int, rest: Path, depth: int) -> Double | None:
        if binding.kind is Kind.PARAMETER:
            found = self._of_parameter(binding.name, unit, scope, depth)
            if found is not None:
                return found
        if binding.kind is Kind.IMPORT and binding.target is not None and binding.target.name:
            for origin in self.origins.of_import(binding.target):
                if origin.path and origin.path != self.path and origin.name:
                    return self._foreign(origin.path, methodcaller("module_double", origin.name, depth + 1))
        if binding.kind is Kind.LOOP and binding.value is not None:
            site = self._results.get((unit.start, binding.value))
            return Double(site) if site is not None else None
        return self._of_value(binding, unit, scope, rest, depth)

    def _of_value(
        self, bound: Binding | PathBinding, unit: Unit, scope: int, rest: Path, depth: int
    ) -> Double | None:
        """The double that the value of a binding is; `rest` is what is taken from it."""
        if bound.value is None:
            return None
        site = self._results.get((unit.start, bound.value))
        if site is not None:
            # A list of doubles is none, but what is taken out of it is.
            return Double(site) if not site.call.in_display or rest[:1] == ("[]",) else None
        path = bound.alias or unit.path(bound.value)
        return self._bound(path, unit, scope, depth + 1) if path else None

    def _is_product(self, path: Path, unit: Unit, scope: int, depth: int) -> bool:
        """Whether a path is what a factory's method returns, or a part of it."""
        if "()" not in path:
            return False
        found = self.receivers.find(path, unit, scope, depth)
        return found is not None and "()" in found.rest[1:]

    # --- attributes of `self`, here and in base classes

    def _self_attribute(self, path: Path, unit: Unit, scope: int, depth: int) -> Double | None:
        container, nested = self.facts.class_of(unit, scope)
        if container is not None:
            return self._of_class(container, path[1:], depth)
        if nested < 0:
            return None
        inside = (
            (unit, number, each)
            for number, each in enumerate(unit.scopes)
            if each.kind == FUNCTION and each.parent == nested and each.parameters
        )
        for owner, number, each in inside:
            own = (each.parameters[0].name, *path[1:])
            found = self._of_paths(own, ((owner, number, each),), depth)
            if found is not None:
                return found
        return None

    def _of_class(self, container: Container, path: Path, depth: int) -> Double | None:
        """The double behind `path` on an instance of a class: set by its methods, in its body, or by a base."""
        if depth > _DEEPEST_ALIAS:
            return None
        for unit, number, each in self._nearest_first(self.facts.self_paths(container, path[0])):
            length = len(each.path) - 1
            if each.value is not None and path[:length] == each.path[1:]:
                found = self._of_value(each, unit, number, path[length:], depth + 1)
                if found is not None:
                    return found
        for unit, binding in container.names.get(path[0], ()):
            if binding.kind is Kind.ASSIGNMENT and binding.value is not None:
                found = self._of_value(binding, unit, 0, path[1:], depth + 1)
                if found is not None:
                    return found
        return self._of_bases(container, path, depth)

    def _of_bases(self, container: Container, path: Path, depth: int) -> Double | None:
        for origin in base_origins(container, self.facts, self.origins):
            found = None
            if origin.path == self.path:
                found = self.class_double(origin.name, path, depth + 1)
            elif origin.path:
                found = self._foreign(origin.path, methodcaller("class_double", origin.name, path, depth + 1))
            if found is not None:
                return found
        return None

    def class_double(self, name: str, path: Path, depth: int = 0) -> Double | None:
        """The double that instances of the class `name` of this file have at the attribute `path`."""
        container = class_named(self.facts, name)
        return self._of_class(container, path, depth) if container is not None else None

    def module_double(self, name: str, depth: int = 0) -> Double | None:
        """The double that the module binds to `name`."""
        for unit, binding in self.facts.module.names.get(name, ()):
            found = self._of_binding(binding, unit, 0, (), depth + 1) if depth <= _DEEPEST_ALIAS else None
            if found is not None:
                return found
        return None

    def _foreign(self, path: str, ask: Callable[[Mocks], Double | None]) -> Double | None:
        """What another file answers; its sites are no sites here."""
        self.origins.dependencies.add(path)
        try:
            mocks = self._elsewhere.mocks(path)
        except UnreadableError:
            return None
        found = ask(mocks)
        self.origins.dependencies |= mocks.origins.dependencies
        return Double(None) if found is not None else None

    # --- parameters: patches and fixtures

    def _of_parameter(self, name: str, unit: Unit, scope: int, depth: int) -> Double | None:
        key = (unit.start, scope)
        patched = self._parameters.get(key)
        if patched is None:
            patched = self._parameters[key] = self._patched_parameters(unit, scope)
        found = patched.get(name)
        if found is not None:
            return found
        scope_ = unit.scopes[scope]
        is_fixture = fixture_name(scope_, unit) is not None
        if not is_fixture and not (scope_.name.startswith(_TEST_PREFIX) and scope_.parent == 0):
            return None
        return self._fixture(name, unit.container, unit if is_fixture else None, depth)

    def _patched_parameters(self, unit: Unit, number: int) -> dict[str, Double]:
        """Which parameters of a function get the doubles of its patch decorators, bottom-up, then of its class."""
        scope = unit.scopes[number]
        found: dict[str, Double] = {}
        for decorator in scope.decorators:
            if decorator.path[-1:] == ("parametrize",):
                found.update(self._parametrized(decorator, unit))
        own = [
            site
            for site in self.sites
            if site.unit.start == unit.start and site.call.decorates == scope.span[0]
        ]
        wrapping = []
        container = unit.container
        if scope.parent == 0 and container.kind == CLASS and scope.name.startswith(_TEST_PREFIX):
            wrapping = [
                site for site in self.sites if site.unit.start == container.start and site.call.decorates == 0
            ]
        positional = [each.name for each in scope.parameters if each.is_positional]
        free = iter(positional[1:] if is_method(unit, number) else positional)
        for site in (*reversed(own), *reversed(wrapping)):
            if site.name.endswith("multiple"):
                names = self._defaults(site.call, site.unit)
                found.update({name: Double(site) for name in names})
            elif (name := next(free, None)) is not None:
                found[name] = Double(site)
        return found

    def _parametrized(self, decorator: Decorator, unit: Unit) -> dict[str, Double]:
        start, end = decorator.span
        sites = [site for site in self.sites if site.unit is unit and start <= site.call.span[0] < end]
        if not sites or decorator.arguments is None:
            return {}
        text = unit.data[unit.start + decorator.arguments[0] : unit.start + sites[0].call.span[0]]
        literal = re.search(rb"""["']([\w, ]+)["']""", text)
        names = literal.group(1).decode().replace(",", " ").split() if literal else []
        return {name: Double(sites[0]) for name in names}

    def _fixture(self, name: str, container: Container, asking: Unit | None, depth: int) -> Double | None:
        """The double that a fixture yields; one that asks for its own name (`asking`) gets the next one out."""
        if depth > _DEEPEST_ALIAS:
            return None
        found = self.receivers.fixtures.find(name, container, asking)
        if found is None:
            return None
        if found.path == self.path:
            return self.result_double(found.unit, found.scope, depth)
        return self._foreign(found.path, methodcaller("result_double", found.unit, found.scope, depth + 1))

    def result_double(self, unit: Unit, scope: int, depth: int = 0) -> Double | None:
        """The double that a function of this file returns or yields."""
        if depth > _DEEPEST_ALIAS:
            return None
        results = (self._of_value(each, unit, scope, (), depth + 1) for each in unit.scopes[scope].results)
        return next(filter(None, results), None)


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
    short = _short(origin.name) if not origin.path else None
    return origin.name in _MOCK_MODULE_NAMES or (
        short is not None and (short in CONSTRUCTORS or short == "patch")
    )


@lru_cache(maxsize=1024)
def _endings_outside(name: str) -> tuple[str, ...]:
    if name == "unittest":
        return (".mock",)
    if name in _MOCK_MODULE_NAMES:
        return tuple(f".{each}" for each in _MOCK_ATTRIBUTES)
    short = _short(name)
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


def _cycle(site: Site) -> Iterator[Site]:
    yield site
    each = site.parent.site if site.parent is not None else None
    while each is not None and each is not site:
        yield each
        each = each.parent.site if each.parent is not None else None


def _short(name: str) -> str | None:
    """The name inside of the mock library that a dotted name outside of the workspace stands for."""
    for module in _MOCK_MODULES:
        if name.startswith(module):
            return name[len(module) :]
    return None


def _known_creator(short: str) -> str | None:
    return short if short in CONSTRUCTORS or short in _PATCHERS else None


def _creator_of(origins: Iterable[Origin]) -> str | None:
    for origin in origins:
        short = _short(origin.name) if not origin.path else None
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
    return f"mocker.{short}" if short in MOCKER_CONSTRUCTORS or short in _PATCHERS else None
