"""Flags names of doubles that the factory has nothing for.

Some methods take the name of what they shall make: `create_mock("WebSocketManager")`, `create_mock_suite(["agent"])`.
Where the method's body compares that name with a closed set of strings, or looks it up in a dictionary of them, and
has nothing for any other, another one is a mistake. Names that are put together at run time are not judged, and
neither are tests that expect the error.

## Why is this bad?

The call raises at run time, mostly in a set-up that a whole class of tests goes through.

## Example

`factories.py`:

```python
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_mock(mock_type):
        if mock_type == "WebSocketManager":
            return MagicMock()
        elif mock_type == "LLMManager":
            return AsyncMock()
        raise ValueError(f"Unknown mock type: {mock_type}")
```

`test_example.py`:

```python
from factories import SSotMockFactory


def test_connections():
    assert SSotMockFactory.create_mock("WebsocketManager")  # error
```

Use instead:

`test_example.py`:

```python
from factories import SSotMockFactory


def test_connections():
    assert SSotMockFactory.create_mock("WebSocketManager")
```

## Fix safety

Another name needs review: the call fails today, and only you know which double was meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.arguments import bound
from ssot_lsp.index.expectations import is_expected
from ssot_lsp.index.strings import strings_at
from ssot_lsp.rules.base import BY_FACTORY
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = BY_FACTORY


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each string that a factory method has nothing for."""
    source = ctx.facts.source
    for use in ctx.factory_uses:
        call, method = use.call, use.method
        if call is None or method is None or not method.literals or not method.is_signature_known:
            continue
        if is_expected(use.unit, use.reference.span[0], ()):
            continue
        given = bound(use, method, call).given
        for name, known in method.literals.items():
            for argument in given.get(name, ()):
                for text, (start, end) in strings_at(use.unit, argument.span, in_lists=name in method.lists):
                    if text not in known:
                        span = Span(source.offset(start), source.offset(end))
                        message = f"`{use.name}` has nothing for `{text}`"
                        subject = ctx.subject_in(f"{use.name}({text})", use.unit)
                        yield Finding("unknown-mock-type", ctx.path, span, message, SEVERITY, subject=subject)
