"""Editors of the terminal, run by scripts in a Debian of their own, with what the README says in their start-up file.

The server in there is the packed extension's: so it runs on that Debian's Python as well.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.editors import needs
from tests.editors.recording import listening
from tests.test_readme import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 240  # seconds that a script may take
CHROOT = shutil.which("chroot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "chroot"
NOBODY = 65534  # a user and a group
SEEN = 60  # seconds until something shows
LINES, COLUMNS = 40, 160  # of a terminal
CONTROLS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])", re.DOTALL
)


def readme(language: str, path: str = "") -> str:
    """The README's block in this language, for the file at this path."""
    (found,) = [
        each
        for each in blocks(needs.README.read_text(encoding="utf-8"))
        if each.language == language and path in (each.path or "")
    ]
    return found.text


class Screen:
    """A program with a terminal of its own, and what it has written there since somebody last looked."""

    def __init__(self, command: Sequence[str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self._written = b""

    def type(self, keys: str) -> None:
        """Type, and look at nothing that was written before."""
        self._written = b""
        os.write(self._ours, keys.encode())

    def wait(self, words: str) -> None:
        """Wait until these words are written: blanks do not count, as those that are there already are left out."""
        wanted = "".join(words.split())
        latest = time.monotonic() + SEEN
        while wanted not in (shown := self._shown()):
            assert select.select([self._ours], [], [], max(0, latest - time.monotonic()))[0], (
                f"{words!r} never came: {shown}"
            )
            self._written += os.read(self._ours, 1 << 16)

    def _shown(self) -> str:
        return "".join(CONTROLS.sub("", self._written.decode("utf-8", "replace")).split())

    def close(self) -> None:
        """End the program, whatever it does."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


class Terminal:
    """A folder in that Debian: `path` as it is seen from here, `inside` from there."""

    def __init__(self, root: Path, path: Path) -> None:
        self.root = root
        self.path = path
        self.inside = "/" + path.relative_to(root).as_posix()
        self.shop = path / "shop"

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[Terminal]:
        """Lay out a folder with the server, and remove it afterwards."""
        root = needs.debian()
        path = Path(tempfile.mkdtemp(prefix="ssot-lsp-", dir=root / "tmp"))
        try:
            with zipfile.ZipFile(needs.vsix()) as archive:
                bundled = [each for each in archive.namelist() if each.startswith("extension/bundled/")]
                archive.extractall(path, bundled)
            terminal = cls(root, path)
            program = path / "bin" / "ssot-lsp"
            program.parent.mkdir()
            launch = f"{terminal.inside}/extension/bundled/launch.py"
            program.write_text(f'#!/bin/sh\nexec python3 -E -s {launch} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
            listener = path / "listening" / "ssot-lsp"
            listener.parent.mkdir()
            listener.write_text(
                listening(f"{terminal.inside}/said", f"{terminal.inside}/bin/ssot-lsp"), encoding="utf-8"
            )
            listener.chmod(0o755)
            yield terminal
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def lay_out(self, files: dict[str, str]) -> None:
        """A new workspace of these files."""
        shutil.rmtree(self.shop, ignore_errors=True)
        for name, text in files.items():
            path = self.shop / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def text(self, name: str) -> str:
        """A file of the workspace."""
        return (self.shop / name).read_text(encoding="utf-8")

    def run(self, command: Sequence[str], *, listens: bool = False, may_write: bool = True) -> Any:
        """Run an editor in the workspace until it ends: what it has written as JSON to `answer.json`.

        What it tells the server is in `said` then, if one `listens`. Who may not write is nobody, whose home is
        their own and the workspace is not.
        """
        answer = self.path / "answer.json"
        answer.unlink(missing_ok=True)
        options = []
        if not may_write:
            options = [f"--userspec={NOBODY}:{NOBODY}"]
            for folder, folders, files in os.walk(self.path):
                if self.shop.name in folders:
                    folders.remove(self.shop.name)
                for name in (".", *files):
                    os.chown(os.path.join(folder, name), NOBODY, NOBODY, follow_symlinks=False)
        done = subprocess.run(
            [CHROOT, *options, str(self.root), *self._in_shop(command, "dumb", listens=listens)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert answer.exists(), done.stdout
        return json.loads(answer.read_text(encoding="utf-8"))

    @contextmanager
    def shown(self, command: Sequence[str], *, listens: bool = False) -> Iterator[Screen]:
        """Run an editor in the workspace on a screen, until it is left; with what the system tells of processes."""
        enter = ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$1/proc" && exec "$0" "$@"']
        inner = self._in_shop(command, "xterm-256color", listens=listens)
        screen = Screen([*enter, CHROOT, str(self.root), *inner])
        try:
            yield screen
        finally:
            screen.close()

    def _in_shop(self, command: Sequence[str], kind: str, *, listens: bool) -> list[str]:
        """A command as it is run in that Debian, on a terminal of this kind."""
        environment = [
            f"HOME={self.inside}",
            f"PATH={f'{self.inside}/listening:' if listens else ''}{self.inside}/bin:/usr/bin:/bin",
            "LANG=C.UTF-8",
            f"TERM={kind}",
        ]
        cd = ["sh", "-c", 'cd "$0" && exec "$@"', f"{self.inside}/shop"]
        return ["env", "-i", *environment, *cd, *command]
