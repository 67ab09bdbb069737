"""Flags justifications of mocks that cover no mock.

## Why is this bad?

A reason outlives its double: the mock was replaced, moved or never there, and the comment stays. It misleads readers,
and whatever mock comes to stand below it next is justified by a reason that was never meant for it.

## Example

```python
def test_total():
    # Mock justification: the price service is slow to start  # error
    prices = [1, 2]
    assert sum(prices) == 3
```

Use instead:

```python
def test_total():
    prices = [1, 2]
    assert sum(prices) == 3
```

## Fix safety

Removing a comment is safe. Removing the decorator needs review, because a decorator is code that runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.HINT
NEEDLES = (b"ustif", b"USTIF")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each justification that covers no site."""
    for justification in ctx.justifications.all:
        # A plain `# Justification:` may be about anything.
        if ctx.justifications.is_used(justification) or not justification.is_about_mocks:
            continue
        if ctx.is_exempt(justification.span):
            continue
        message = "The justification covers no mock"
        yield Finding(
            "unused-justification",
            ctx.path,
            justification.span,
            message,
            SEVERITY,
            subject="justification",
            unnecessary=True,
        )
