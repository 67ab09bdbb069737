"""What a rule is, and what it may ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.finding import Related
from ssot_lsp.index.factory_uses import World as UsingFactories
from ssot_lsp.index.factory_uses import factory_uses
from ssot_lsp.justifications import Justifications
from ssot_lsp.subjects import Subjects
from ssot_lsp.suppressions import suppressions
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.finding import Finding, Severity
    from ssot_lsp.index.classes import Classes
    from ssot_lsp.index.factory_uses import FactoryUse
    from ssot_lsp.index.fixtures import Fixtures
    from ssot_lsp.mocks import Mocks, Site
    from ssot_lsp.suppressions import Suppression


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its module, seen from outside.

    `page` is its documentation in Markdown. `needles` are bytes of which a file must hold one for the rule to speak;
    none of them means that it always may, or, where there are `words`, only in a file that holds one of these, which
    the configuration gives, in upper or lower case.
    """

    name: str
    page: str
    severity: Severity
    needles: tuple[bytes, ...]
    check: Callable[[RuleContext], Iterator[Finding]]
    words: Callable[[ProjectConfig], Iterable[str]] | None = None

    @property
    def summary(self) -> str:
        """The first sentence of the page."""
        return self.page.strip().split("\n\n", 1)[0].replace("\n", " ")


class World(UsingFactories, Protocol):
    """What rules ask of the rest of the workspace."""

    def holders(self, root: str, needles: Iterable[bytes]) -> Iterable[str]:
        """The Python files below `root` of which the text holds one of `needles`, open documents included."""

    def fixtures(self, path: str) -> Fixtures:
        """The fixtures that a file can ask for; raises UnreadableError."""

    def classes(self, path: str) -> Classes:
        """The classes of a file, and what they derive from."""


BY_FACTORY = (b"\0factory",)
"""The needles of a rule that speaks of uses of factories: no bytes of the file itself tell whether it has any.

A file may use a factory by `self.mock_factory` or by a fixture, without a word of its name: see `index.ways`.
"""

BY_CLASS = (b"\0class",)
"""The needles of a rule that speaks of classes: `index.class_search` tells which files it has something to say of."""


class RuleContext:
    """One file, as rules see it. Answers are computed once.

    `world` is the snapshot that the file is looked at in. It may be asked while `check` runs and not later: the
    context outlives it. What the answers came from belongs into `dependencies`, as absolute paths.
    """

    def __init__(
        self,
        path: str,
        facts: Facts,
        config: ProjectConfig,
        mocks: Mocks,
        *,
        rule_names: frozenset[str],
        world: World,
    ) -> None:
        self.path = path
        self.facts = facts
        self.config = config
        self.mocks = mocks
        self.rule_names = rule_names
        self.world = world
        self.silenced: Silenced | None = None
        self.is_lasting = True
        """Set to false by rules that asked for what no cache keeps account of."""

    @property
    def dependencies(self) -> set[str]:
        """The files whose content the findings depend on: rules add to it."""
        return self.mocks.origins.dependencies

    @cached_property
    def classes(self) -> Classes:
        """The classes of the file; what they came from is a dependency by name, of which they keep account."""
        return self.world.classes(self.path)

    @property
    def has_asked_for_classes(self) -> bool:
        """Whether any rule has asked about classes."""
        return "classes" in self.__dict__

    @cached_property
    def justifications(self) -> Justifications:
        """The justifications of the file."""
        return Justifications(self.facts, self.mocks, self.config.justification)

    @cached_property
    def subjects(self) -> Subjects:
        """What the tests of the file are about."""
        return Subjects(self.mocks)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The suppressions of the file."""
        return suppressions(self.facts)

    @cached_property
    def roots(self) -> dict[Site, list[Site]]:
        """Each root with its children."""
        return self.mocks.roots()

    @cached_property
    def factory_uses(self) -> tuple[FactoryUse, ...]:
        """What the file takes from factories, outside of the factories themselves."""
        self.dependencies.update(self.world.ways(self.path).files)
        found = tuple(factory_uses(self.world, self.path))
        if found:  # asked again, because what was found in the meantime is kept for later moments then
            self.dependencies.update(self.world.factories_of(self.path).found.touched)
        return tuple(each for each in found if not self.is_exempt(each.span))

    @cached_property
    def level(self) -> int | None:
        """The realism level that the configuration asks of this file."""
        return self.config.level(self.path)

    @property
    def forbids_mocks(self) -> bool:
        """Whether `forbidden-mock` speaks here: the level of this file allows no mocks at all."""
        is_high = self.level is not None and self.level >= self.config.forbid_mocks_from
        return is_high and self.config.is_enabled("forbidden-mock", self.path)

    def span(self, start: int, end: int) -> Span:
        """The code points between two bytes of the file."""
        source = self.facts.source
        return Span(source.offset(start), source.offset(end))

    def is_exempt(self, span: Span) -> bool:
        """Whether a place is inside of a factory or beside an SSOT base, which the rules about mocks leave alone."""
        return self.mocks.is_exempt(self.facts.source.byte(span.start))

    def related(self, children: Iterable[Site]) -> tuple[Related, ...]:
        """The places of child sites."""
        return tuple(Related(self.path, site.span, f"`{site.name}` belongs to it") for site in children)

    def subject(self, site: Site) -> str:
        """A site in short, free of its place: `MagicMock in TestPay.test_refund`."""
        return self.subject_in(site.name, site.unit)

    def subject_in(self, what: str, unit: Unit) -> str:
        """The same for anything else that stands in a unit."""
        where = ".".join(filter(None, (unit.container.name, unit.name)))
        return f"{what} in {where}" if where else what


class Silenced:
    """Which rules each suppression has kept silent, filled while findings are sifted."""

    def __init__(self) -> None:
        self._rules: dict[Suppression, set[str]] = {}
        self.by_rule: Counter[str] = Counter()

    def add(self, suppression: Suppression, rule: str) -> None:
        """Note that `suppression` hid a finding of `rule`."""
        self.by_rule[rule] += 1
        self._rules.setdefault(suppression, set()).add(rule)

    @property
    def count(self) -> int:
        """How many findings are hidden."""
        return self.by_rule.total()

    def rules(self, suppression: Suppression) -> frozenset[str]:
        """The rules that `suppression` hid findings of."""
        return frozenset(self._rules.get(suppression, ()))
