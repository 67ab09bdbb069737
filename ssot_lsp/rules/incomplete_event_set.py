"""Flags doubles that can be awaited for some events of a set and not for the others.

That is a double of which the test sets two or more, and not all, attributes that belong together: by default
`agent_started`, `agent_thinking`, `tool_executing`, `tool_completed` and `agent_completed` behind `notify_`, `emit_` or
`send_` (`event-sets` in the configuration says otherwise). At least one of them is set to something to await, while
the missing ones would be what the double makes by itself: on `MagicMock` and `Mock` nothing that can be awaited. It
says nothing of doubles with a spec, nor where it cannot see all that is set.

## Why is this bad?

The events come together. As soon as the code under test sends the next one it awaits a plain `MagicMock` and gets a
TypeError, which agents are written to log and to pass over: the test goes on without its events.

## Example

```python
from unittest.mock import AsyncMock, MagicMock


async def test_run(agent):
    # Mock justification: L1, no socket in this test
    bridge = MagicMock()
    bridge.notify_agent_started = AsyncMock()  # error
    bridge.notify_agent_completed = AsyncMock()
    await agent.run(bridge)
```

Use instead:

```python
from unittest.mock import AsyncMock, MagicMock


async def test_run(agent):
    # Mock justification: L1, no socket in this test
    bridge = MagicMock()
    bridge.notify_agent_started = AsyncMock()
    bridge.notify_agent_completed = AsyncMock()
    bridge.notify_agent_thinking = AsyncMock()
    bridge.notify_tool_executing = AsyncMock()
    bridge.notify_tool_completed = AsyncMock()
    await agent.run(bridge)
```

Where a method of the factory has all of them, that method is better: it is offered first.

## Fix safety

What is added can be awaited where it could not be before: code that has passed over the error goes on now. So the fix
is for review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.event_sets import incomplete
from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = ()


def words(config: ProjectConfig) -> Iterator[str]:
    """A file that names no event sets none."""
    return (event for each in config.event_sets for event in each.events)


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each double and set, where the first event is set."""
    data = ctx.facts.source.data
    if not any(word.encode("utf-8", "surrogatepass") in data for word in words(ctx.config)):
        return
    for site in ctx.roots:
        for found in incomplete(ctx.facts, ctx.mocks, site, ctx.config.event_sets):
            listed = [f"`{each}`" for each in found.missing]
            names = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
            total = len(found.missing) + len(found.present)
            yield Finding(
                "incomplete-event-set",
                ctx.path,
                found.span,
                f"`{found.handle}` sets {len(found.present)} of {total} events, and awaiting {names} fails",
                SEVERITY,
                (),
                ctx.subject(site),
            )
