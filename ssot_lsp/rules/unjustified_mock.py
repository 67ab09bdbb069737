"""Flags doubles that are made by hand and do not say why.

A *mock site* is a call that creates a double: `Mock()`, `MagicMock()`, `AsyncMock()` and their like, `patch(…)` that
is given no `new`, and what pytest-mock's `mocker` makes. Sites that configure another double (arguments of its call,
assignments to its attributes) belong to it and get no diagnostic of their own.

## Why is this bad?

Thousands of doubles made by hand are thousands of small guesses at how the real thing behaves, and no two guesses are
equal. The factory makes each kind of double once, for all. Where it cannot serve, a reason tells the next reader that
somebody thought about it, and what has to change before the double can go.

## Example

```python
from unittest.mock import MagicMock


def test_refund():
    gateway = MagicMock()  # error
    gateway.refund.return_value = "ok"
    assert gateway.refund(3) == "ok"
```

Use instead:

```python
from unittest.mock import MagicMock


def test_refund():
    # Mock justification: L1, the payment provider has no sandbox for refunds
    gateway = MagicMock()
    gateway.refund.return_value = "ok"
    assert gateway.refund(3) == "ok"
```

A comment covers the statement that it stands above or behind; above a function or class, or as
`@mock_justified("reason")` on it, all of it.

## Fix safety

Writing a justification changes nothing that runs. It is never written for you: the reason is yours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = (b"Mock", b"mock", b"patch", b"autospec")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each root without a justification."""
    if ctx.forbids_mocks:
        return
    for site, children in ctx.roots.items():
        if ctx.justifications.of(site) is not None:
            continue
        covered = [child for child in children if ctx.justifications.of(child) is None]
        message = f"`{site.name}` is made by hand and nothing says why"
        if covered:
            message += f"; {len(covered)} more {'belongs' if len(covered) == 1 else 'belong'} to it"
        if (subject := ctx.subjects.mocked(site)) is not None:
            message += (
                f"; it takes the place of a part of `{subject[0]}`, the `{subject[1]}` that is tested here"
            )
        yield Finding(
            "unjustified-mock",
            ctx.path,
            site.span,
            message,
            SEVERITY,
            ctx.related(covered),
            ctx.subject(site),
        )
