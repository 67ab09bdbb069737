"""Flags doubles in files whose realism level allows none, justified or not.

`levels` in the configuration maps paths to the least realism that their tests must have: L0 all mocked, L1 a real
subject with mocked dependencies, L2 real dependencies in the process, L3 real local services, L4 staging,
L5 production. From `forbid-mocks-from` (L4) on there is no place for a double. The rule is silent until `levels` is
set, and takes the place of `unjustified-mock` where it speaks.

## Why is this bad?

A test that claims to run against staging and talks to a `MagicMock` proves nothing about staging. It is worse than no
test, because it is counted.

## Example

```toml
[tool.ssot-lsp]
levels = { "**" = "L4" }
```

```python
from unittest.mock import MagicMock


def test_checkout(cart):
    gateway = MagicMock()  # error
    assert cart.checkout(gateway)
```

Use instead:

```python
def test_checkout(cart, staging_gateway):
    assert cart.checkout(staging_gateway)
```

## Fix safety

The cure has to be written: where `real-fixtures` names the real thing, the message says so. All that is offered is to
suppress the finding, which changes nothing that runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.mocks import Site
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = (b"Mock", b"mock", b"patch", b"autospec")


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each root in a file of a level that forbids doubles."""
    if not ctx.forbids_mocks:
        return
    for site, children in ctx.roots.items():
        message = f"`{site.name}` in a test of level L{ctx.level}, where doubles are forbidden"
        fixture = _real_fixture(ctx, site)
        if fixture is not None:
            message += f"; the fixture `{fixture}` has the real one"
        yield Finding(
            "forbidden-mock", ctx.path, site.span, message, SEVERITY, ctx.related(children), ctx.subject(site)
        )


def _real_fixture(ctx: RuleContext, site: Site) -> str | None:
    """The fixture that the configuration names for what the double is called or stands for."""
    if not ctx.config.real_fixtures:
        return None
    words = {name for target in site.call.targets for name in target}
    source = ctx.facts.source
    for argument in site.call.arguments:
        start, end = (site.unit.start + byte for byte in argument.span)
        text = source.slice(start, end).strip("'\"")
        words |= {text, text.rpartition(".")[2]}
    words |= {re.sub(r"^mock_|_mock$", "", word) for word in words}
    for name, fixture in ctx.config.real_fixtures.items():
        if name in words or name.rpartition(".")[2] in words:
            return fixture
    return None
