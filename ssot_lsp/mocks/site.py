"""The values: a call that creates a double, and the double that an expression is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.calls import Call
    from ssot_lsp.facts import Unit
    from ssot_lsp.text import Span


class Double(NamedTuple):
    """What an expression is known to be: the double of `site`, or one from elsewhere where that is None."""

    site: Site | None


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


def _cycle(site: Site) -> Iterator[Site]:
    yield site
    each = site.parent.site if site.parent is not None else None
    while each is not None and each is not site:
        yield each
        each = each.parent.site if each.parent is not None else None
