"""A factory that the configuration names is nowhere in the workspace.

Said once, in the configuration file, beside the name in `factory`. A bare name is looked for as a class in every
Python file below the configuration's folder that is not excluded, a dotted one as a module or a class of one. In the
terminal it is said when the whole folder is checked, since a hook over one file has no business with all others.
Where `factory` is not set nothing is said: `ssot-lsp doctor` tells where the default one stands, or that it does not.

## Why is this bad?

Without its factory a project has no completion of factory methods, and the rules about them are silent: a test that
calls a method which does not exist looks fine.

## Example

```toml
[tool.ssot-lsp]
factory = "tests.doubles.MockFactory"  # error
```

`tests/doubles.py`:

```python
class Doubles:
    @staticmethod
    def create_tool_mock(): ...
```

Use instead:

```toml
[tool.ssot-lsp]
factory = "tests.doubles.Doubles"
```

## Fix safety

There is no edit: which class is meant is for you to say, in `factory`, and `factory = []` says that there is none.
`ssot-lsp init --scaffold` writes a factory to start from.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.config import OWN_NAME
from ssot_lsp.finding import Finding, Severity
from ssot_lsp.toml import TomlError, places, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.config import ProjectConfig
    from ssot_lsp.text import Span
    from ssot_lsp.toml import Path

NAME = "factory-not-found"
SEVERITY = Severity.INFORMATION
NEEDLES: tuple[bytes, ...] = ()
"""It speaks about no Python file."""

_CURE = "the key `factory` names the project's own, `ssot-lsp init --scaffold` writes one"


class Context(Protocol):
    """What is asked about a configuration file."""

    path: str
    config: ProjectConfig

    def text(self) -> str:
        """The text of the configuration file."""

    def missing_factories(self) -> Iterable[str]:
        """The names of factories in the configuration that are defined nowhere."""


def check(ctx: Context) -> Iterator[Finding]:
    """One finding for each name that leads nowhere."""
    spans = _stated(ctx) if ctx.config.path == ctx.path else {}
    for name in ctx.missing_factories() if spans else ():
        if name in spans:
            yield Finding(
                NAME, ctx.path, spans[name], f"{_searched(ctx, name)}; {_CURE}", SEVERITY, subject=name
            )


def _searched(ctx: Context, name: str) -> str:
    if "." in name:
        return f"`{name}` is neither a module of the workspace nor a class of one"
    return f"`{name}` is defined in no Python file below `{os.path.basename(ctx.config.root) or ctx.config.root}`"


def _stated(ctx: Context) -> dict[str, Span]:
    """Where the names of factories stand in the configuration file."""
    text = ctx.text()
    try:
        values: object = read(text)
    except TomlError:
        return {}
    at: Path = ("factory",) if os.path.basename(ctx.path) == OWN_NAME else ("tool", "ssot-lsp", "factory")
    for key in at:
        values = values.get(str(key)) if isinstance(values, dict) else None
    if not values:
        return {}
    known = places(text)
    if isinstance(values, str):
        return {values: known[at].value} if at in known else {}
    spots = ((name, (*at, index)) for index, name in enumerate(values if isinstance(values, list) else ()))
    return {name: known[spot].value for name, spot in spots if spot in known}
