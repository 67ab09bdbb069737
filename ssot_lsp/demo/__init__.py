"""`ssot-lsp demo`: a sample workspace, checked in the terminal and driven through the real server.

- `workspace` lays out the files of `workspace.md`.
- `tour` does what a user does, prints what happens, and compares it with what is promised.
- `client` is a small language client on the standard library.
"""

from __future__ import annotations

from ssot_lsp.demo.tour import run

__all__ = ["run"]
