"""Flags `# ssot: ignore[…]` comments that hide nothing.

## Why is this bad?

A suppression that hides nothing waits for the next finding at its place, and hides that one unseen.

## Example

```python
def test_total():
    assert sum([1, 2]) == 3  # ssot: ignore[unjustified-mock]  # error
```

Use instead:

```python
def test_total():
    assert sum([1, 2]) == 3
```

## Fix safety

Removing a comment is safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext
    from ssot_lsp.suppressions import Suppression

SEVERITY = Severity.HINT
NEEDLES = (b"ssot", b"SSOT")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each suppression, or each of its names, that hid no finding. Runs after all other rules."""
    if ctx.silenced is None:
        return
    for suppression in ctx.suppressions:
        hidden = ctx.silenced.rules(suppression)
        if suppression.is_misplaced:
            message = "The suppression for the whole file has no effect below the first statement"
            yield _finding(ctx, suppression, message)
        elif not suppression.names:
            if not hidden:
                yield _finding(ctx, suppression, "The suppression hides nothing")
        else:
            yield from _unused_names(ctx, suppression, hidden)


def _unused_names(ctx: RuleContext, suppression: Suppression, hidden: frozenset[str]) -> Iterator[Finding]:
    judged = [name for name, _ in suppression.names if _is_judged(ctx, name)]
    unused = [name for name in judged if name not in hidden]
    if not unused:
        return
    if len(unused) == len(suppression.names):
        yield _finding(ctx, suppression, f"The suppression hides no finding of {_listed(unused)}")
        return
    for name, span in suppression.names:
        if name in unused:
            message = f"The suppression hides no finding of `{name}`"
            yield Finding(
                "unused-suppression", ctx.path, span, message, SEVERITY, subject=name, unnecessary=True
            )


def _is_judged(ctx: RuleContext, name: str) -> bool:
    """Whether a finding of the rule could have been seen here: it exists and is switched on."""
    return name in ctx.rule_names and ctx.config.is_enabled(name, ctx.path)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _finding(ctx: RuleContext, suppression: Suppression, message: str) -> Finding:
    subject = ", ".join(name for name, _ in suppression.names) or "all"
    return Finding(
        "unused-suppression", ctx.path, suppression.span, message, SEVERITY, subject=subject, unnecessary=True
    )
