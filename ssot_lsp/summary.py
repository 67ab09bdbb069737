"""What a report counts in one file: numbers and short names, small enough to be sent and kept for each of many files.

Only files that hold what some rule looks for, or a class, are read at all; the others hold none of this.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.candidates import OF_MOCKS, wanted
from ssot_lsp.index.uses import uses
from ssot_lsp.names import words
from ssot_lsp.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.mocks import Mocks, Site
    from ssot_lsp.rules.base import RuleContext

BASE_RULES = frozenset(
    {
        *("non-ssot-base-class", "mixed-base-classes", "async-test-never-awaited", "async-test-in-sync-base"),
        *("setup-never-called", "missing-super-setup", "unresolved-base-class"),
    }
)
"""The rules about test base classes. While there is none of them, nobody looks at classes."""

_WORD = re.compile(rb"[A-Za-z_]\w*")
_MOST_ATTRIBUTES = 12


class Shape(NamedTuple):
    """Doubles that are made alike: what makes them, what they stand for in words, the attributes that are used."""

    constructor: str
    name: str
    attributes: tuple[str, ...]


class Summary(NamedTuple):
    """The counts of one file. Roots are mock roots; those of exempt places are none."""

    sites: int = 0
    roots: tuple[tuple[str, int, int], ...] = ()  # constructor, how many, how many of them have a reason
    shapes: tuple[tuple[Shape, int], ...] = ()
    calls: tuple[
        tuple[str, str, int, int], ...
    ] = ()  # factory, method, how many, and takes who it is for (0 or 1)
    classes: int = 0  # test classes
    ssot_classes: int = 0  # those under an SSOT base
    is_broken: bool = False  # it parses in part only
    exempt: int = 0  # calls that make a double inside of a factory or beside an SSOT base
    unclear_classes: int = 0  # classes that define tests and of which a base is not known
    suppressed: tuple[tuple[str, int], ...] = ()  # rule, how many of its findings a comment hides


def plain(counted: Summary) -> tuple[Any, ...]:
    """The same in tuples alone, as a cache keeps it."""
    shapes = tuple((tuple(shape), count) for shape, count in counted.shapes)
    return (counted.sites, counted.roots, shapes, *counted[3:])


def summary_of(value: tuple[Any, ...]) -> Summary:
    """The summary that `plain` was given; an empty one of nothing."""
    found = Summary._make(value) if value else Summary()
    return found._replace(shapes=tuple((Shape._make(shape), count) for shape, count in found.shapes))


def summary(analysis: Analysis, path: str, context: RuleContext | None) -> Summary:
    """The summary of a file of which `context` is what the rules saw; raises UnreadableError."""
    if context is None:
        return Summary()
    mocks = context.mocks
    roots = [site for site in context.roots if not site.is_exempt]
    made = Counter(site.name for site in roots)
    justified = Counter(site.name for site in roots if context.justifications.of(site) is not None)
    shapes = Counter(shape for site in roots if (shape := _shape(mocks, site)) is not None)
    classes, ssot_classes, unclear = _classes(analysis, path)
    return Summary(
        sum(not site.is_exempt for site in mocks.sites),
        tuple((name, count, justified[name]) for name, count in sorted(made.items())),
        tuple(sorted(shapes.items())),
        tuple(_calls(analysis, path)),
        classes,
        ssot_classes,
        next(context.facts.source.errors(), None) is not None,
        sum(site.is_exempt for site in mocks.sites),
        unclear,
        tuple(sorted(context.silenced.by_rule.items())) if context.silenced is not None else (),
    )


def _shape(mocks: Mocks, site: Site) -> Shape | None:
    """None for a double that nothing is called after."""
    known = wanted(mocks, site)
    named = known.classes[-1:] or known.names[:1]
    name = " ".join(words(named[0])) if named else ""
    own = {each for each in known.attributes - OF_MOCKS if not each.startswith(("assert_", "__"))}
    attributes = tuple(sorted(own)[:_MOST_ATTRIBUTES])
    return Shape(site.name, name, attributes) if name else None


def _calls(analysis: Analysis, path: str) -> Iterator[tuple[str, str, int, int]]:
    """How often each factory method is used, outside of the factory's own file."""
    factories = analysis.factories(path)
    if not factories:
        return
    names = {name for each in factories for name in each.methods}
    here = {word.decode("ascii", "ignore") for word in set(_WORD.findall(analysis.data(path)))}
    isolation = set(analysis.config(path).isolation_parameters)
    found: Counter[tuple[str, str, int]] = Counter()
    for use in uses(analysis, path, names & here):
        if use.factory.path != path:
            method = use.factory.methods[use.name]
            takes_identity = any(each.name in isolation for each in method.parameters)
            found[use.factory.name, use.name, int(takes_identity)] += 1
    for (factory, method_name, takes), count in sorted(found.items()):
        yield factory, method_name, count, takes


def _classes(analysis: Analysis, path: str) -> tuple[int, int, int]:
    """How many classes of a file a runner collects, how many of these are under an SSOT base, how many more may be."""
    if not any(rule.name in BASE_RULES for rule in RULES):
        return 0, 0, 0
    classes = analysis.classes(path)
    approved = classes.approved()
    found = tuple(classes.tests())
    under = sum(all(approved.base_in(order) is not None for order in suite.orders) for suite in found)
    return len(found), under, classes.unclear
