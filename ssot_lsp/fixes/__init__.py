"""Edits for findings: a finding in, offers out; an offer in, edits out.

Listing is cheap and builds nothing. `build` makes the edits of one fix and checks them (`check`), so that what is
wrong is withdrawn and never applied.

- `base` what a fix is; `check` the promises of its edits; `series` fix after fix, to a fixed point.
- `swap` a factory's method for a double: `swap_plan` what becomes of the double, `safety` whether the two are alike,
  `construction` and `built` what the method builds, `receiver` how it is called, `patches` as a patch's `new`.
- `extract` the other way round: a method for doubles that are made by hand.
- `isolate`, `events`, `factory_calls`, `canonical`, `replacement` mend doubles and uses of factories.
- `rebase` other base classes, with their `hooks`.
- `justify`, `suppress`, `remove` remarks about mocks, by `comments`.
- `imports` and `orphans` imports that come and go with an edit; `statements` what a finding stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.fixes import (
    canonical,
    events,
    extract,
    factory_calls,
    isolate,
    justify,
    rebase,
    remove,
    replacement,
    suppress,
    swap,
)
from ssot_lsp.fixes.base import Change, Fix, Kind, Snapshot, Withdrawn, escaped
from ssot_lsp.fixes.check import check
from ssot_lsp.fixes.imports import added_import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Maker

    _Offer = Callable[[Snapshot, Finding], Iterator[Fix]]

__all__ = [
    "Change",
    "Fix",
    "Kind",
    "Snapshot",
    "Withdrawn",
    "added_import",
    "best_fix",
    "build",
    "escaped",
    "fixes_for",
    "mends",
    "safe_fix",
]


def _swaps(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Methods that fit, and one that could be made; that first where the same double recurs and none fits safely."""
    found = tuple(swap.offers(analysis, finding))
    made = () if any(each.kind == "safe" for each in found) else tuple(extract.offers(analysis, finding))
    is_first = bool(made) and not found and extract.recurs(analysis, finding)
    yield from (*made, *found) if is_first else (*found, *made)


_OFFERS: Mapping[str, tuple[_Offer, ...]] = {
    "unjustified-mock": (_swaps, justify.offers, suppress.offers),
    "forbidden-mock": (suppress.offers,),
    "mocked-subject": (suppress.offers,),
    "incomplete-event-set": (events.offers, suppress.offers),
    "weak-justification": (justify.offers_to_edit, suppress.offers),
    "missing-user-isolation": (isolate.offers_to_pass, suppress.offers),
    "shared-user-identity": (isolate.offers_of_own, suppress.offers),
    "non-canonical-factory": (canonical.offers, suppress.offers),
    "hand-written-double": (suppress.offers,),
    "non-ssot-base-class": (rebase.offers_of_ssot_base, suppress.offers),
    "mixed-base-classes": (rebase.offers_to_drop, suppress.offers),
    "async-test-never-awaited": (rebase.offers_to_await, suppress.offers),
    "async-test-in-sync-base": (rebase.offers_of_ssot_base, suppress.offers),
    "setup-never-called": (rebase.offers_to_rename, suppress.offers),
    "missing-super-setup": (rebase.offers_of_super, suppress.offers),
    "unresolved-base-class": (rebase.offers_of_names, suppress.offers),
    "bypassed-ssot": (replacement.offers, suppress.offers),
    "unknown-factory-method": (factory_calls.offers_for_method, suppress.offers),
    "invalid-factory-argument": (factory_calls.offers_for_argument, suppress.offers),
    "unknown-mock-type": (factory_calls.offers_for_type, suppress.offers),
    "frozen-double": (factory_calls.offers_to_fold, suppress.offers),
    "unused-justification": (remove.offers_for_justification,),
    "unused-suppression": (remove.offers_for_suppression,),
    "unknown-rule-in-suppression": (remove.offers_for_unknown_rule,),
}
"""By rule, best first. What is not listed has no fix."""

_MAKERS: Mapping[str, Maker] = {
    "swap": swap.swap,
    "extract": extract.extract,
    "swap-for-events": events.swap_for_events,
    "add-events": events.add_events,
    "justify-by-comment": justify.by_comment,
    "justify-by-decorator": justify.by_decorator,
    "edit-reason": justify.edit_reason,
    "suppress": suppress.suppress,
    "pass-identities": isolate.pass_identities,
    "own-identities": isolate.own_identities,
    "correct-import": canonical.correct_import,
    "use-replacement": replacement.use_replacement,
    "rebase": rebase.rebase,
    "drop-base": rebase.drop_base,
    "rename-set-up": rebase.rename_set_up,
    "await-set-up": rebase.await_set_up,
    "call-super": rebase.call_super,
    "rename-base": rebase.rename_base,
    "rename-factory-method": factory_calls.rename_method,
    "rename-factory-method-everywhere": factory_calls.rename_method_everywhere,
    "rename-argument": factory_calls.rename_argument,
    "argument-to-attribute": factory_calls.argument_to_attribute,
    "remove-argument": factory_calls.remove_argument,
    "rename-mock-type": factory_calls.rename_type,
    "fold-into-call": factory_calls.fold,
    "remove-justification": remove.remove_justification,
    "remove-suppression": remove.remove_suppression,
    "rename-rule": remove.rename_rule,
}


_HIDING = frozenset({"suppress", "add-to-baseline"})
"""Makers of edits that silence a finding and mend nothing."""

_SPREADING = frozenset({"extract", "rename-factory-method-everywhere"})
"""Makers of edits that change other files too: one at a time, by somebody who looks."""


def mends(fix: Fix) -> bool:
    """Whether a fix puts right what is found, with nothing left to fill in: what may be applied without asking each."""
    return fix.kind != "snippet" and fix.maker not in _HIDING


def safe_fix(analysis: Snapshot, finding: Finding) -> Fix | None:
    """The one safe fix of a finding, which may be applied unseen; None where there is none, or more than one."""
    if finding.is_baselined:
        return None
    found = [each for each in fixes_for(analysis, finding) if each.kind == "safe"]
    return found[0] if len(found) == 1 and mends(found[0]) else None


def best_fix(analysis: Snapshot, finding: Finding) -> Fix | None:
    """The best fix that mends a finding in its own file, safe or not: for who looks at the result."""
    if finding.is_baselined:
        return None
    found = fixes_for(analysis, finding)
    return next((each for each in found if mends(each) and each.maker not in _SPREADING), None)


def fixes_for(analysis: Snapshot, finding: Finding) -> tuple[Fix, ...]:
    """What can be done about a finding, best first; titles only."""
    return tuple(fix for offer in _OFFERS.get(finding.rule, ()) for fix in offer(analysis, finding))


def build(analysis: Snapshot, fix: Fix) -> Change:
    """The edits of a fix, checked; raises Withdrawn."""
    make = _MAKERS[fix.maker]
    change = make(analysis, fix)
    check(analysis, fix, change, make)
    return change
