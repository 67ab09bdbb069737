"""Put what the configuration names in the place of what goes around it: the name at the call, and its import."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.facts import self_name
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.imports import added_import, removed_import
from ssot_lsp.nodes import IMPORTS
from ssot_lsp.text import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot

_OF_SELF = "self."


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The replacement, where the entry says that a call keeps its arguments and the place is a call."""
    replacement = analysis.config(finding.path).replacements.get(finding.subject)
    if replacement is None or not replacement.same_call or not replacement.use:
        return
    facts = analysis.facts(finding.path)
    if _is_import(facts, finding):
        return
    if replacement.use.startswith(_OF_SELF) and not _has_self(facts, finding):
        return
    short = replacement.use.removeprefix(_OF_SELF).rpartition(".")[2]
    yield Fix(
        f"Use `{short}`, which `replacements` names", "review", finding, "use-replacement", (replacement.use,)
    )


def use_replacement(analysis: Snapshot, fix: Fix) -> Change:
    """The replacement's name at the call, its import if it needs one, without the import that nothing else uses."""
    path, (use,) = fix.finding.path, fix.arguments
    facts = analysis.facts(path)
    source = facts.source
    written = source.text[slice(*fix.finding.span)]
    name, edits = use, list[Edit]()
    if not use.startswith(_OF_SELF):
        module, name = _parts(analysis, path, use)
        edits = _imports(analysis, fix, module, name.partition(".")[0])
    if written == name:
        reason = "it is there already"
        raise Withdrawn(reason)
    edits.append(Edit(fix.finding.span, name))
    head = written.partition(".")[0].strip()
    mentions = len(re.findall(rf"(?<!\w){re.escape(head)}(?!\w)", source.text))
    if mentions == 2:  # the import and this call
        edits += removed_import(source, head)
    return Change(path, tuple(sorted(edits, key=lambda each: each.span)))


def _parts(analysis: Snapshot, path: str, use: str) -> tuple[str, str]:
    """The module to import from, the longest that is known, and what to take from it."""
    module = use.rpartition(".")[0]
    while module:
        if analysis.module_path(module, path) is not None:
            return module, use[len(module) + 1 :]
        module = module.rpartition(".")[0]
    module, _, name = use.rpartition(".")
    if not module:
        reason = f"`{use}` does not say where it is imported from"
        raise Withdrawn(reason)
    return module, name


def _imports(analysis: Snapshot, fix: Fix, module: str, name: str) -> list[Edit]:
    """The import of `name`, unless it is there."""
    path = fix.finding.path
    facts = analysis.facts(path)
    bindings = facts.module_lookup(name)
    if any(
        each.kind is Kind.IMPORT and each.target is not None and each.target == Import(module, name)
        for _, _, each in bindings
    ):
        return []
    if facts.is_bound(name):
        reason = f"`{name}` is something else in this file"
        raise Withdrawn(reason)
    source = facts.source
    return [added_import(source, module, name, lambda each: analysis.module_path(each, path) is not None)]


def _is_import(facts: Facts, finding: Finding) -> bool:
    statement = facts.statement_at(facts.source.byte(finding.span.start))
    return statement is not None and statement.kind in IMPORTS


def _has_self(facts: Facts, finding: Finding) -> bool:
    byte = facts.source.byte(finding.span.start)
    unit = facts.unit_at(byte)
    return unit is not None and self_name(unit, unit.scope_at(byte - unit.start)) == "self"
