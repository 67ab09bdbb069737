"""Flags justifications that give no reason.

A reason is weak when it is empty, or when every word of it that matters is one of `justification.rejected-words`:
"for speed", "easier testing", "mock needed for test". With `justification.require-level` a reason must also name the
realism level that it was weighed against (L0 to L5), and not one below the level of the file's path.

## Why is this bad?

Everybody mocks because it is faster and easier; that is what a double is. A reason says what stands in the way of the
real thing here, so that somebody can take it away one day.

## Example

```python
from unittest.mock import MagicMock


def test_refund():
    # Mock justification: faster and easier  # error
    gateway = MagicMock()
    assert gateway
```

Use instead:

```python
from unittest.mock import MagicMock


def test_refund():
    # Mock justification: the payment provider has no sandbox for refunds
    gateway = MagicMock()
    assert gateway
```

## Fix safety

Only you know the reason: the fix takes you to it. Nothing that runs is changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.justifications import Justification
    from ssot_lsp.rules.base import RuleContext

SEVERITY = Severity.WARNING
NEEDLES = (b"ustif", b"USTIF")

_LEVEL = re.compile(r"\bL([0-5])\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
# Words that carry no reason of their own.
_FILLERS = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "this",
            "that",
            "these",
            "those",
            "it",
            "its",
            "there",
            "here",
            "we",
            "i",
            "you",
            "us",
        ),
        *(
            "our",
            "them",
            "their",
            "and",
            "or",
            "but",
            "so",
            "if",
            "then",
            "than",
            "as",
            "because",
            "since",
            "for",
        ),
        *(
            "from",
            "of",
            "in",
            "on",
            "at",
            "by",
            "to",
            "into",
            "up",
            "via",
            "with",
            "when",
            "where",
            "which",
            "will",
        ),
        *(
            "be",
            "are",
            "is",
            "was",
            "were",
            "can",
            "could",
            "would",
            "do",
            "does",
            "has",
            "had",
            "have",
            "make",
        ),
        *(
            "makes",
            "making",
            "let",
            "lets",
            "use",
            "used",
            "uses",
            "using",
            "just",
            "more",
            "much",
            "some",
            "too",
        ),
        *("very",),
    )
)


def check(ctx: RuleContext) -> Iterator[Finding]:
    """One finding for each justification of a mock that says nothing."""
    for justification in ctx.justifications.all:
        if not ctx.justifications.is_used(justification) or ctx.is_exempt(justification.span):
            continue
        message = _weakness(ctx, justification)
        if message is not None:
            yield Finding(
                "weak-justification", ctx.path, justification.span, message, SEVERITY, subject="reason"
            )


def _weakness(ctx: RuleContext, justification: Justification) -> str | None:
    reason = justification.reason
    if reason is None:
        return None
    words = [word.lower() for word in _WORD.findall(reason)]
    if not words:
        return "The justification gives no reason"
    rejected = {word.lower() for word in ctx.config.justification.rejected_words}
    telling = [word for word in words if word not in _FILLERS and not _LEVEL.fullmatch(word)]
    if rejected and all(word in rejected for word in telling):
        return f"The justification says only `{reason}`, which is true of every double"
    return _level_weakness(ctx, reason) if ctx.config.justification.require_level else None


def _level_weakness(ctx: RuleContext, reason: str) -> str | None:
    levels = [int(level) for level in _LEVEL.findall(reason)]
    if not levels:
        return "The justification names no realism level, L0 to L5"
    if ctx.level is not None and max(levels) < ctx.level:
        return f"The justification names L{max(levels)}, but this path asks for L{ctx.level}"
    return None
