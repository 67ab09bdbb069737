"""Flags calls of methods that the factory does not have.

The factory is read from its source, with what it inherits; where that leaves doubt (a base class from outside, a
decorated class, `__getattr__`), nothing is said. A reference without a call counts too: it fails all the same.

Not flagged is what is looked for or made on purpose: a name that stands as a string in the same file
(`hasattr(SSotMockFactory, "create_x")`, `monkeypatch.setattr`), one that the file assigns to the factory, and code
that expects the `AttributeError`.

## Why is this bad?

The test fails before it tests anything; where a broad `except` or a skip hides that, it tests nothing and nobody
knows. Most such names are a slip of memory: the words of a method that exists, in another order.

## Example

`factories.py`:

```python
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="test-user"):
        websocket = MagicMock(user_id=user_id)
        websocket.send_json = AsyncMock()
        return websocket
```

`test_example.py`:

```python
from factories import SSotMockFactory


def test_greeting():
    websocket = SSotMockFactory.create_mock_websocket(user_id="ada")  # error
    assert websocket.user_id == "ada"
```

Use instead:

`test_example.py`:

```python
from factories import SSotMockFactory


def test_greeting():
    websocket = SSotMockFactory.create_websocket_mock(user_id="ada")
    assert websocket.user_id == "ada"
```

## Fix safety

Another name needs review. The call raises `AttributeError` today, so that no test that reaches it passes; but a test
that passes because something catches the error runs other code afterwards, and only you know which double was meant.
What the method that takes its place does not accept becomes an attribute of the double where the call is assigned to
a name. Replacing all uses finds them by what they are called on, never by their text alone; uses whose arguments
would not fit stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.missing import is_missing
from ssot_lsp.rules.base import BY_FACTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = BY_FACTORY


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each name that is taken from a factory that has none of that name."""
    for use in ctx.factory_uses:
        if is_missing(use):
            kind = "member" if use.factory.is_module else "method"
            message = f"`{use.factory.name}` has no {kind} `{use.name}`"
            subject = ctx.subject_in(use.name, use.unit)
            yield Finding("unknown-factory-method", ctx.path, use.span, message, SEVERITY, subject=subject)
