"""Flags calls of factory methods whose arguments do not fit.

An unknown keyword, a missing argument, too many of them or one that is given twice is an error: the call raises
`TypeError`. A keyword that only `**kwargs` takes, and that the method's body never reads, is a warning: it goes
nowhere, and the double keeps its default. Nothing is said of methods whose signature a decorator may change, nor of
what `*arguments` and `**keywords` of the call may bring along.

## Why is this bad?

A keyword that is swallowed is worse than one that fails: the test goes on with the default, so that two users are one,
or the state that the test is about is never set.

## Example

`factories.py`:

```python
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_mock_user_context(user_id="test-user", websocket_client_id=None, **kwargs):
        context = MagicMock(user_id=user_id, websocket_client_id=websocket_client_id)
        context.roles = kwargs.get("roles", [])
        return context
```

`test_example.py`:

```python
from factories import SSotMockFactory


def test_routing():
    context = SSotMockFactory.create_mock_user_context(websocket_connection_id="ws-1")  # error
    assert context
```

Use instead:

`test_example.py`:

```python
from factories import SSotMockFactory


def test_routing():
    context = SSotMockFactory.create_mock_user_context(websocket_client_id="ws-1")
    assert context
```

## Fix safety

All fixes need review. Another keyword gives the double what it did not have before; so does an assignment after the
call. Taking away a keyword that nothing reads leaves the test as it is, but hides what somebody wanted; taking away
one that raises `TypeError` makes a test run on that failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity
from ssot_lsp.index.arguments import problems
from ssot_lsp.index.expectations import is_expected
from ssot_lsp.rules.base import BY_FACTORY
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.index.arguments import Problem
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.ERROR
NEEDLES = BY_FACTORY


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each argument that does not fit, and one for all that are missing."""
    source = ctx.facts.source
    for use in ctx.factory_uses:
        for problem in problems(use):
            if is_expected(use.unit, use.reference.span[0], ("TypeError",)):
                break
            span = Span(source.offset(problem.span[0]), source.offset(problem.span[1]))
            severity = Severity.WARNING if problem.kind == "unread" else SEVERITY
            subject = ctx.subject_in(f"{use.name}({problem.name})", use.unit)
            message = _message(use.name, problem)
            yield Finding("invalid-factory-argument", ctx.path, span, message, severity, subject=subject)


def _message(name: str, problem: Problem) -> str:
    match problem.kind:
        case "unknown":
            return f"`{name}` takes no argument `{problem.name}`"
        case "unread":
            return f"`{name}` takes `{problem.name}` and never reads it"
        case "twice":
            return f"`{name}` is given `{problem.name}` twice"
        case "surplus":
            if not problem.limit:
                return f"`{name}` takes no arguments by position"
            plural = "" if problem.limit == 1 else "s"
            return f"`{name}` takes no more than {problem.limit} argument{plural} by position"
        case "missing":
            listed = [f"`{each}`" for each in problem.names]
            last = f" and {listed[-1]}" if len(listed) > 1 else listed[0]
            return f"`{name}` is called without {', '.join(listed[:-1])}{last}"
