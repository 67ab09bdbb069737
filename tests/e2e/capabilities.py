"""What clients promise in `initialize`: as they do it today, and as little as one can.

What the editors say is what they said: each of `clients/` was written down by a server in the place of ours, in the
editors that `make test-editors` brings, with the README's lines in their start-up files. `tests/editors` sees that
they still say it, and `RECORDINGS=tests/e2e/clients make test-editors ARGS='-k recorded'` writes it down anew. The
plugin vim-lsp is the one part that nothing brings: `VIM_LSP` names a checkout of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

CLIENTS = Path(__file__).parent / "clients"
RECORDED = {
    "vscode": "vscode-1.139",
    "neovim": "neovim-0.12",
    "emacs": "emacs-30",
    "vim": "vim-9.2",
    "helix": "helix-25.07",
}


def _recorded(editor: str) -> Json:
    recorded: Json = json.loads((CLIENTS / f"{RECORDED[editor]}.json").read_text("utf-8"))
    capabilities: Json = recorded["capabilities"]
    return capabilities


VSCODE: Json = _recorded("vscode")  # vscode-languageclient 11: pulls, and takes pushes too
NEOVIM: Json = _recorded("neovim")  # pulls, prefers utf-8
EMACS: Json = _recorded("emacs")  # eglot with yasnippet: is pushed to, prefers utf-32
VIM: Json = _recorded("vim")  # vim-lsp: is pushed to, takes no edit later and knows no encoding but utf-16
HELIX: Json = _recorded("helix")  # pulls, prefers utf-8
MINIMAL: Json = {"general": {"positionEncodings": ["utf-8"]}}

ALL = {"vscode": VSCODE, "neovim": NEOVIM, "emacs": EMACS, "vim": VIM, "helix": HELIX, "minimal": MINIMAL}
ENCODINGS = {
    "vscode": "utf-16",
    "neovim": "utf-8",
    "emacs": "utf-32",
    "vim": "utf-16",
    "helix": "utf-8",
    "minimal": "utf-8",
}
"""The encoding that each client likes best of those that we have, by what it promises."""
