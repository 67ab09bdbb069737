"""Which rules a run asks, by their names on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.cli.console import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


def rules(lists: Iterable[str]) -> tuple[str, ...]:
    """The rules that are named in `lists`, which have commas between; raises UsageError where there is no such rule."""
    names = tuple(dict.fromkeys(name.strip() for each in lists for name in each.split(",") if name.strip()))
    if names:
        from ssot_lsp.config import ALL_RULES
        from ssot_lsp.rules import RULES

        known = {ALL_RULES, *(rule.name for rule in RULES)}
        for name in names:
            if name not in known:
                raise UsageError(no_such_rule(name))
    return names


def no_such_rule(name: str) -> str:
    """What to say of a name that no rule has."""
    from ssot_lsp.config import did_you_mean
    from ssot_lsp.rules import RULES

    hint = did_you_mean(name, [rule.name for rule in RULES])
    return f"there is no rule `{name}`" + (f", did you mean `{hint}`?" if hint else "")
