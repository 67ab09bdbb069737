"""The sample workspace: `workspace.md` holds its files, each a fenced block below a heading with its path."""

from __future__ import annotations

import re
import tempfile
from importlib.resources import files
from pathlib import Path

_FILE = re.compile(r"^### `([^`\n]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class OccupiedError(Exception):
    """The folder holds something already; the message says so, with the path."""


def sample_files() -> dict[str, str]:
    """The text of each file by its path relative to the workspace, with `/`."""
    page = files("ssot_lsp.demo").joinpath("workspace.md").read_text(encoding="utf-8")
    return dict(_FILE.findall(page))


def lay_out(folder: str | None) -> Path:
    """Write the sample into `folder`, by default a new temporary one that stays, and return its path.

    Never writes over anything: raises OccupiedError unless `folder` is missing or empty, OSError if it cannot
    be written.
    """
    root = Path(folder or tempfile.mkdtemp(prefix="ssot-lsp-demo-")).resolve()
    if root.exists() and not (root.is_dir() and not any(root.iterdir())):
        message = f"{root} is there already and not an empty folder: name another one"
        raise OccupiedError(message)
    for name, text in sample_files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return root
