"""Which factory method fits a double, with the evidence in words.

The evidence, the strongest first: `factory-map`; the class behind a spec, an annotation or a patched name; attributes
that few methods set; the words of a name. A class that fits no method speaks against all that merely sound alike, and
nothing is better than a wrong one: what reads as a function is no double of the thing in its name, and one attribute
says nothing against a name that says something else.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Kind
from ssot_lsp.index.factory import Product
from ssot_lsp.names import head, is_of_double, product, verb, words
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssot_lsp.definitions import Path, Scope
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.mocks import Mocks, Site

MOST = 3
"""No more candidates than this are ever offered."""

_ATTRIBUTE = re.compile(rb"\s*\.\s*(\w+)")
_INSIDE = re.compile(rb"[\w.]")
# Attributes of every mock, and what any object has.
OF_MOCKS = frozenset(
    {
        *("return_value", "side_effect", "called", "call_args", "call_args_list", "call_count", "mock_calls"),
        *("method_calls", "await_count", "await_args", "await_args_list", "awaited", "configure_mock"),
        *("reset_mock", "attach_mock", "mock_add_spec", "name", "start", "stop", "new_callable"),
    }
)
# What an annotation may name without saying what the double stands for.
_SAY_NOTHING = frozenset(
    {
        *("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "PropertyMock", "Any"),
        *("Optional", "Union", "Iterator", "Generator", "AsyncIterator", "AsyncGenerator", "None"),
    }
)
_PATCHED = re.compile(r"""^[rbuf]*["']([\w.]+)["']$""", re.IGNORECASE)
_OWN_NAME = re.compile(r"""^["'](?:\w+\.)*(\w+)["']$""")
_BEFORE = re.compile(r"(\w+)\s*(?::\s*([^=\n]+?)\s*)?=\s*(?:await\s+)?$")
# The key of a dictionary's value or of an item that is set; what is patched with `new`, unless that is a class.
_KEY = re.compile(r"""["'](\w+)["'](?:\s*:|\]\s*=)\s*$""")
_NEW = re.compile(
    r"""\bpatch(?:\.object)?\(\s*(?:[\w.]+\s*,\s*)?["'](?:\w+\.)*([a-z_]\w*)["']\s*,\s*(?:new\s*=\s*)?$"""
)
_RETURNS = re.compile(r"->\s*([^:\n]+?)\s*:")
_WORD = re.compile(r"[A-Za-z_][\w.]*")
# A double that uses fewer attributes of a method than this share of what it uses is not that method's.
_LEAST_SHARE = 0.5
_EXACT = 2.0
_LEAST_LIKENESS = 0.5


class Wanted(NamedTuple):
    """What is known of a double: its names, the classes that it stands for, the attributes that are used of it.

    `is_patched`: the names are of something that it takes the place of.
    """

    names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()
    is_patched: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method that fits, with the reasons in words, the strongest first."""

    factory: Factory
    method: FactoryMethod
    reasons: tuple[str, ...]
    weights: tuple[float, ...]
    """How much each kind of evidence says: map, class, attributes, words."""
    only: str = ""
    """What is all there is to speak for it, and little: one attribute, or a name that stops before the last word."""


def candidates(
    factories: Sequence[Factory], wanted: Wanted, factory_map: Mapping[str, str] | None = None
) -> tuple[Candidate, ...]:
    """The methods that fit, best first, at most three; none where nothing fits."""
    found: list[Candidate] = []
    for factory in factories:
        eligible = [method for method in factory.methods.values() if _is_eligible(method)]
        judge = _Judge(factory, eligible, wanted, factory_map or {})
        found += filter(None, map(judge.candidate, factory.methods.values()))
    found.sort(
        key=lambda each: (tuple(-weight for weight in each.weights), len(each.method.name), each.method.name)
    )
    # What one kind of evidence is sure of, a weaker kind for another method does not question.
    best = found[0].weights if found else ()
    sure = next((index for index, weight in enumerate(best[:2]) if weight), None)
    if sure is not None:
        least = _EXACT if best[sure] >= _EXACT else 0.0
        found = [each for each in found if each.weights[sure] > 0.0 and each.weights[sure] >= least]
    return tuple(found[:MOST])


def _is_eligible(method: FactoryMethod) -> bool:
    """Whether a method hands out one kind of double: no dictionaries of them, nothing that asks which one."""
    mocks = {Product.ASYNC_MOCK, Product.MAGIC_MOCK, Product.MOCK}
    is_double = bool(method.products & mocks) or bool(method.specs) or method.products == {Product.UNKNOWN}
    return is_double and method.alternatives <= 2


class _Judge:
    """Weighs the methods of one factory against each other."""

    def __init__(
        self, factory: Factory, eligible: list[FactoryMethod], wanted: Wanted, factory_map: Mapping[str, str]
    ) -> None:
        self.factory = factory
        self.eligible = {method.name for method in eligible}
        self.wanted = wanted
        self.factory_map = factory_map
        self.words = {method.name: words(method.name) for method in eligible}
        self.vocabulary = frozenset(word for each in self.words.values() for word in each)
        self.surfaces = {method.name: surface_names(method) for method in eligible}
        self.counts: dict[str, int] = {}
        for names in self.surfaces.values():
            for name in names:
                self.counts[name] = self.counts.get(name, 0) + 1
        self.likeness = {name: self._likeness_of_names(own) for name, own in self.words.items()}
        self.names_something_else = any(map(words, wanted.names)) and not any(
            likeness for likeness, _ in self.likeness.values()
        )

    def candidate(self, method: FactoryMethod) -> Candidate | None:
        """The method with what speaks for it; None where that is not enough."""
        reasons: list[str] = []
        mapped = self._mapped(method, reasons)
        if method.name not in self.eligible and not mapped:
            return None
        by_class = by_attributes = by_words = 0.0
        if method.name in self.eligible:
            by_class = self._by_class(method, reasons)
            by_attributes = self._by_attributes(method, reasons)
            if not self.wanted.classes or by_class:
                by_words = self._by_words(method, reasons)
        weights = (mapped, by_class, by_attributes, by_words)
        if not any(weights):
            return None
        shared = self._used & self.surfaces.get(method.name, frozenset())
        only = ""
        if not any((mapped, by_class, by_words)) and len(shared) == 1:
            only = min(shared)
        elif not any((mapped, by_class, by_attributes)):
            only = self._beginning(method)
        return Candidate(self.factory, method, tuple(reasons), weights, only)

    def _mapped(self, method: FactoryMethod, reasons: list[str]) -> float:
        keys = [
            *self.wanted.classes,
            *(each.rpartition(".")[2] for each in self.wanted.classes),
            *self.wanted.names,
        ]
        for key in keys:
            target = self.factory_map.get(key, "")
            if target in {method.name, f"{self.factory.name}.{method.name}"}:
                reasons.append(f"`factory-map` names it for `{key}`")
                return 1.0
        return 0.0

    def _by_class(self, method: FactoryMethod, reasons: list[str]) -> float:
        for name in self.wanted.classes:
            short = name.rpartition(".")[2]
            for spec in method.specs:
                if spec == name or (spec.rpartition(".")[2] == short and "." not in name):
                    reasons.append(f"it hands out a `{short}`")
                    return _EXACT
            own, other = self.words[method.name], words(short, self.vocabulary)
            if (
                own
                and other
                and set(own) <= set(other)
                and own[-1] == other[-1]
                and len(own) * 2 >= len(other)
            ):
                reasons.append(f"the class `{short}` says {_said(own)}")
                return len(own) / len(other)
        return 0.0

    def _by_attributes(self, method: FactoryMethod, reasons: list[str]) -> float:
        used = self._used
        shared = used & self.surfaces[method.name]
        if not shared or len(shared) < len(used) * _LEAST_SHARE:
            return 0.0
        total = len(self.eligible) + 1
        rarity = {name: math.log(total / self.counts[name]) / math.log(total) for name in shared}
        is_too_little = len(used) > 1 or self.counts[next(iter(shared))] > 1 or self.names_something_else
        if len(shared) == 1 and is_too_little:
            return 0.0
        telling = sorted(shared, key=lambda name: (-rarity[name], name))[:MOST]
        weight = sum(rarity.values()) * len(shared) / len(used)
        if weight < _LEAST_LIKENESS or sum(rarity.values()) < _LEAST_LIKENESS * len(shared):
            return 0.0
        reasons.append(
            f"it sets {_listed(telling)}, which {_how_rare(max(self.counts[each] for each in telling))}"
        )
        return weight

    @property
    def _used(self) -> set[str]:
        """The attributes that are used of the double and that not every mock has."""
        return {
            name for name in self.wanted.attributes if name not in OF_MOCKS and not name.startswith("assert_")
        }

    def _by_words(self, method: FactoryMethod, reasons: list[str]) -> float:
        likeness, name = self.likeness[method.name]
        if name:
            said = [each for each in head(name, self.vocabulary) if each in self.words[method.name]]
            reasons.append(f"the name `{name}` says {_said(said)}")
        return likeness

    def _beginning(self, method: FactoryMethod) -> str:
        """The name that says what a method's says but for its last word: a message is no message queue."""
        own, name = self.words[method.name], self.likeness[method.name][1]
        other = head(name, self.vocabulary)
        return name if other and set(other) < set(own) and other[-1] != own[-1] else ""

    def _likeness_of_names(self, own: tuple[str, ...]) -> tuple[float, str]:
        """How much the first name that is like the words of a method is like them, and that name."""
        for name in self.wanted.names:
            action = verb(name, is_patched=self.wanted.is_patched)
            if action and action not in own:
                continue
            other = head(name, self.vocabulary)
            if self.wanted.is_patched and set(own) < set(other):
                continue  # `reload_session` may be a function as well as a session, and nobody sees which
            likeness = self._likeness(own, other)
            if likeness >= _LEAST_LIKENESS:
                return likeness, name
        return 0.0, ""

    def _likeness(self, own: tuple[str, ...], other: tuple[str, ...]) -> float:
        """How much the words of a method and of a name are alike: 1 for the same, 0 where they say different things."""
        ours, theirs = set(own), set(other)
        if not ours or not theirs:
            return 0.0
        if ours == theirs:
            return 1.0
        if ours < theirs:  # `admin_websocket` is a websocket, `websocket_manager` is none
            return 2 * len(ours) / (len(ours) + len(theirs)) if own[-1] == other[-1] else 0.0
        if theirs < ours:  # `session` for the only method that says so
            rivals = sum(theirs <= set(each) for each in self.words.values())
            return 2 * len(theirs) / (len(ours) + len(theirs)) if rivals == 1 else 0.0
        return 0.0


def surface_names(method: FactoryMethod) -> frozenset[str]:
    """The attributes that a product has from its method or its class."""
    return frozenset(item.path[0] for item in (*method.surface, *method.inherited)) - OF_MOCKS


def _said(found: Sequence[str]) -> str:
    return f"“{' '.join(found)}”"


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _how_rare(count: int) -> str:
    return "no other method does" if count == 1 else f"no more than {count} methods do"


# --- what is known of a double


def wanted(mocks: Mocks, site: Site) -> Wanted:
    """What the file says of the double that `site` makes."""
    unit, call = site.unit, site.call
    names: list[str] = []
    classes: list[str] = []
    attributes: set[str] = set()
    at = unit.start + call.span[0]
    is_value = call.in_display and _is_value(unit, at)
    for target in call.targets:
        parts = [part for part in target if part not in {"()", "[]", "?"}]
        if parts and parts[-1] != "self":
            names.append(parts[-1])
            attributes |= _used(site, target) if not is_value else set()
    start = unit.start + call.results[-1][0]
    before = unit.data[unit.data.rfind(b"\n", 0, start) + 1 : start].decode("utf-8", "surrogatepass")
    if call.in_display:
        ones = [each.removesuffix("s") for each in names if each.endswith("s")]
        names = ones if is_value else [*names, *ones]
    on_line = unit.data[unit.data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "surrogatepass")
    for pattern in (_KEY, _NEW):
        if (named := pattern.search(on_line)) is not None:
            names.append(named.group(1))
    assigned = _BEFORE.search(before)
    # In `a, b = Mock(), Mock()` the last name stands before the first call.
    if assigned is not None and (not call.targets or assigned.group(1) in names):
        names.append(assigned.group(1))
        classes += _class_names(assigned.group(2) or "")
    if site.is_patch:
        patched = _patched(site)
        if any(verb(each, is_patched=True) for each in patched[-1:]):
            names.clear()  # they are of a function's double
        names += patched[-1:]
        attributes |= {used for name in _entered(site) for used in _used(site, (name,))}
        classes += [each for each in patched[-1:] if each[:1].isupper()]
    else:
        classes += _specs(mocks, site)
        names += _own_name(site)
    scope = unit.scopes[site.scope]
    if any(result.value in call.results for result in scope.results) or _is_returned(scope.results, names):
        names += _of_function(scope, names)
        header = unit.data[unit.start + scope.span[0] : unit.start + scope.body].decode(
            "utf-8", "surrogatepass"
        )
        returns = _RETURNS.search(header)
        classes += _class_names(returns.group(1)) if returns is not None else []
    return Wanted(
        tuple(dict.fromkeys(names)), tuple(dict.fromkeys(classes)), frozenset(attributes), site.is_patch
    )


def _is_value(unit: Unit, at: int) -> bool:
    """Whether what starts at a byte is in a value of a dictionary: it is one of what that is called, or another thing."""
    for node in reversed(nodes_around(unit.node, at)):
        if node.type == "pair":
            return True
        if node.type in {"assignment", "named_expression"}:
            return False
    return False


def _of_function(scope: Scope, names: Sequence[str]) -> Iterable[str]:
    """What the function that returns a double calls it: a fixture's name does, and one that says that it makes one."""
    is_fixture = any(each.path[-1:] in {("fixture",), ("yield_fixture",)} for each in scope.decorators)
    made = product(scope.name)
    if is_fixture or made or is_of_double(scope.name) or not any(map(words, names)):
        yield scope.name
    if made:
        yield made


def _is_returned(results: Iterable[object], names: Sequence[str]) -> bool:
    return any(getattr(each, "alias", ()) in {(name,) for name in names} for each in results)


def _class_names(annotation: str) -> list[str]:
    """The classes that an annotation names, but for those of mocks and of typing."""
    found = _WORD.findall(annotation)
    return [
        each
        for each in found
        if (short := each.rpartition(".")[2])[:1].isupper() and short not in _SAY_NOTHING
    ]


def _specs(mocks: Mocks, site: Site) -> list[str]:
    """The classes behind `spec`, `spec_set` and a first argument."""
    found: list[str] = []
    is_first = True
    for argument in site.call.arguments:
        is_spec = argument.keyword in {"spec", "spec_set"} or (
            argument.keyword == ""
            and is_first
            and site.name.rpartition(".")[2] not in {"mock_open", "PropertyMock", "stub"}
        )
        is_first = False
        path = site.unit.path(argument.span) if is_spec else ()
        if path and "()" not in path and path != ("None",):
            origins = mocks.origins.of_path(path, site.unit, site.scope)
            dotted = [_dotted(mocks, origin.path, origin.name) for origin in origins if origin.name]
            found += dotted or [".".join(path)]
    return found


def _own_name(site: Site) -> Iterable[str]:
    """What the double says of itself: `Mock(name="app.connection")` that it is a connection."""
    for argument in site.call.arguments:
        if argument.keyword == "name" and (match := _OWN_NAME.match(_text(site, argument.span))) is not None:
            yield match.group(1)


def _entered(site: Site) -> Iterable[str]:
    """The names that a `with` statement binds to what the patch makes."""
    for name, bindings in site.unit.scopes[site.scope].names.items():
        if any(each.kind is Kind.WITH and each.value in site.call.results for each in bindings):
            yield name


def _text(site: Site, span: tuple[int, int]) -> str:
    start = site.unit.start
    return site.unit.data[start + span[0] : start + span[1]].decode("utf-8", "surrogatepass")


def _dotted(mocks: Mocks, path: str, name: str) -> str:
    return f"{mocks.origins.module_of(path)}.{name}" if path else name


def _patched(site: Site) -> list[str]:
    """The names that lead to what a patch replaces."""
    texts = [_text(site, each.span) for each in site.call.arguments if not each.keyword]
    if site.name.endswith("patch.object"):
        match = _PATCHED.match(texts[1]) if len(texts) > 1 else None
        return [match.group(1)] if match is not None else []
    match = _PATCHED.match(texts[0]) if texts else None
    return match.group(1).split(".") if match is not None else []


def _used(site: Site, target: Path) -> set[str]:
    """The attributes that are taken from a name or from `self.x`, where it is in sight."""
    if "()" in target or "[]" in target or "?" in target:
        return set()
    data = site.unit.data
    start, end = site.unit.start, site.unit.end
    container = site.unit.container
    if len(target) > 1 and container.scope is not None:
        start, end = container.start, container.end
    elif site.scope == 0 and container.scope is None:
        start, end = 0, len(data)
    head, *parts = (part.encode("utf-8", "surrogatepass") for part in target)
    found: set[bytes] = set()
    at = data.find(head, start, end)
    while at >= 0:
        if _INSIDE.match(data, at - 1) is None or at == start:
            taken = _ATTRIBUTE.match(data, at + len(head), end)
            for part in parts:
                taken = _ATTRIBUTE.match(data, taken.end(), end) if taken and taken[1] == part else None
            if taken is not None:
                found.add(taken[1])
        at = data.find(head, at + len(head), end)
    return {each.decode("utf-8", "surrogatepass") for each in found}
