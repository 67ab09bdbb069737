"""The one door to the engine: a `Workspace` that changes, and an `Analysis` that does not.

The editor writes into the workspace and asks a snapshot; so does the command line. An answer is remembered with what
it depended on (its own text, the configuration, other files) and given again while all of that is the same, so that
a keystroke costs the file that it falls into and nothing else.

- `workspace` what changes; `snapshot` the answers about one moment, over `moment`, the files of it.
- `validity` how long an answer holds; `answers` what is remembered, with what it depended on.
- `checking` the rules over one file; `disk` files that are not open, `open_shapes` what open ones say of classes.
"""

from ssot_lsp.analysis.answers import FileReport
from ssot_lsp.analysis.disk import Searched
from ssot_lsp.analysis.snapshot import Analysis
from ssot_lsp.analysis.workspace import Workspace

__all__ = ["Analysis", "FileReport", "Searched", "Workspace"]
