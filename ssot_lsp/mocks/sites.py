"""The mocks of a file: its sites, which of them are roots, and what an edit leaves of them.

A *site* is a call that creates a double. It is a *child* when it configures another double (an argument inside of
another site's call, or assigned to an attribute path of a name that is bound to one), else a *root*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ssot_lsp.local_edits import local_edit
from ssot_lsp.mocks.bound import BoundDoubles
from ssot_lsp.mocks.creators import PATCHERS, Creators
from ssot_lsp.mocks.site import Double, Site
from ssot_lsp.mocks.source_of_truth import SourceOfTruth
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.calls import Call
    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.origins import Origins
    from ssot_lsp.index.receivers import Receivers
    from ssot_lsp.local_edits import LocalEdit


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
        self.sites: tuple[Site, ...]
        self._source_of_truth = SourceOfTruth(path, facts, config, elsewhere)
        self.is_settled = False  # whether each site has its parent
        edit = local_edit(before.facts, facts) if before is not None and before.is_settled else None
        same = (
            before.creators.after(edit, facts, origins) if before is not None and edit is not None else None
        )
        self.creators: Creators = same if same is not None else Creators(facts, origins)
        if before is not None and edit is not None and same is not None:
            self.sites, self._unsettled = self._take_over(before, edit)
        else:
            self.sites = self._unsettled = tuple(self._find_sites())
        self._by_call = {(each.unit.start, each.call.span): each for each in self.sites}
        self.bound = BoundDoubles(self.sites, self.creators, self.receivers, origins, elsewhere)

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

    def outer_site(self, site: Site) -> Site | None:
        """The nearest site whose call a site is an argument of."""
        for outer in site.call.enclosing:
            inner = self._by_call.get((site.unit.start, outer.span))
            if inner is not None:
                return inner
        return None

    def is_exempt(self, byte: int) -> bool:
        """Whether this byte stands where doubles are made for all: inside a factory, or beside an SSOT base."""
        return self._source_of_truth.holds(byte)

    def _find_sites(self) -> Iterator[Site]:
        names = self.creators.names
        if names:
            for unit, calls in self.facts.calling(names):
                yield from self._sites_among(calls, unit)

    def _sites_among(self, calls: Iterable[Call], unit: Unit) -> Iterator[Site]:
        source, creator = self.facts.source, self.creators.creator
        is_ascii, is_exempt = source.is_ascii, self._source_of_truth.holds_unit(unit)
        for call in calls:
            name = creator(call, unit)
            if name is not None:
                start, end = unit.start + call.callee[0], unit.start + call.callee[1]
                span = Span(start, end) if is_ascii else Span(source.offset(start), source.offset(end))
                yield Site(unit, call, name, name in PATCHERS, span, is_exempt)

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
                new = list(self._sites_among(unit.calls(self.creators.names), unit))
                unsettled += new
            elif was.start in found:
                by = source.offset(unit.start) - old_source.offset(was.start)
                new = [site.moved(unit, by) for site in found[was.start]]
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

    def _adopt(self) -> None:
        if not self.is_settled:
            self.is_settled = True
            for site in self._unsettled:
                outer = self.outer_site(site)
                site.parent = Double(outer) if outer is not None else self.bound.configured_by(site)
