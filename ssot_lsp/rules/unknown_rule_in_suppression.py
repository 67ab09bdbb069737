"""Flags names in `# ssot: ignore[…]` that are no rule.

## Why is this bad?

A misspelt name suppresses nothing. The finding stays, or comes back in CI, and nobody sees why.

## Example

```python
from unittest.mock import MagicMock


def test_refund():
    gateway = MagicMock()  # ssot: ignore[unjustifed-mock]  # error: [unknown-rule-in-suppression]  # error: [unjustified-mock]
    assert gateway
```

Use instead:

```python
from unittest.mock import MagicMock


def test_refund():
    gateway = MagicMock()  # ssot: ignore[unjustified-mock]
    assert gateway
```

## Fix safety

Replacing the name by the nearest one is offered for review: it may hide a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.config import RULE_NAMES, did_you_mean
from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = (b"ssot", b"SSOT")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each unknown name."""
    for suppression in ctx.suppressions:
        for name, span in suppression.names:
            if name not in RULE_NAMES:
                near = did_you_mean(name, RULE_NAMES)
                message = f"`{name}` is no rule" + (f"; `{near}` is one" if near else "")
                yield Finding("unknown-rule-in-suppression", ctx.path, span, message, SEVERITY, subject=name)
