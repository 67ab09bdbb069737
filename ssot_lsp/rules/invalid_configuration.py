"""A key, a value or the TOML itself in `[tool.ssot-lsp]` of pyproject.toml, or in ssot-lsp.toml, that means nothing.

Reported where it stands: TOML that does not parse and values of the wrong type as errors, keys and rules that do
not exist as warnings, with the nearest name that does. A key with a wrong value keeps its default; while the file
does not parse at all, an editor goes on with what it last said.

## Why is this bad?
A setting that is not understood does nothing, and nobody notices: the rule that was to be silent speaks, the test
files that were to be checked are not.

## Example
```toml
[tool.ssot-lsp]
base-classes = 3  # error
ignore = ["hand-writen-double"]  # error
test-file = ["check_*.py"]  # error
```

Use instead:
```toml
[tool.ssot-lsp]
base-classes = ["BaseTestCase"]
ignore = ["hand-written-double"]
test-files = ["check_*.py"]
```

## Fix safety
There is no fix: what was meant is for the writer to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.rules.base import RuleContext

NAME = "invalid-configuration"
SEVERITY = Severity.WARNING
NEEDLES: tuple[bytes, ...] = ()
"""It speaks about no Python file."""


def check(ctx: RuleContext) -> Iterator[Finding]:
    """What is wrong in the configuration file that is looked at; each problem has a severity of its own."""
    for problem in ctx.config.problems:
        if problem.path == ctx.path:
            yield Finding(
                NAME, problem.path, problem.span, problem.message, problem.severity, subject=problem.message
            )
