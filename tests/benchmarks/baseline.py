"""Keystrokes in a project with a baseline of 10,000 findings, and in the same one without.

Two servers of ours run at the same time and take turns at each key, since they differ by little; and several pairs, one
after the other, since two processes of one program differ by some per cent too. All findings of the document are in
the baseline, the other entries are of files that are not there, in definitions of other names: the server has to find
the few that matter among the many, and to know at each keystroke that the file has not changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from . import peers
from .corpora import corpus, sized_test_file
from .figures import OURS, Bar, Figure, median, ninth_decile
from .keystrokes import SIZES, WORD, end_of_line, places, servers, type_at, type_line

if TYPE_CHECKING:
    from .keystrokes import Typing

ENTRIES = 10_000
_PAIRS = 4
_PLACES = 12
_HINT = 4


def measure(*, quick: bool = False) -> list[Figure]:
    """A keystroke in the largest of the files, pulled: without a baseline, and with one."""
    path = sized_test_file(corpus("nova"), SIZES[1])
    bare: list[float] = []
    known: list[float] = []
    for _ in range(1 if quick else _PAIRS):
        hints = _type_in_a_pair(path, bare, known, count=2 if quick else _PLACES)
    without = 1000 * median(bare)
    return [
        Figure(
            "baseline",
            f"keystroke, 40 KB, a baseline of {ENTRIES:,} findings",
            "ms",
            {OURS: 1000 * median(known)},
            (Bar("≤ 1.1 times without", 1.1 * without),),
            f"without a baseline {without:.2f} ms ({1000 * ninth_decile(bare):.2f}) in the same run;"
            f" {hints} findings of the file are in it; {len(known)} keys in each",
            {OURS: 1000 * ninth_decile(known)},
        )
    ]


def _type_in_a_pair(path: Path, bare: list[float], known: list[float], *, count: int) -> int:
    """Start a server without and one with a baseline, and type into both; how many findings are in the baseline."""
    text = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        typings: list[Typing] = []
        for name in ("without", "with"):
            folder = Path(scratch, name).resolve()
            (folder / "tests").mkdir(parents=True)
            (folder / "pyproject.toml").write_text("[tool.ssot-lsp]\n", encoding="utf-8")
            copy = folder / "tests" / path.name
            shutil.copyfile(path, copy)
            if name == "with":
                write_baseline(folder)
            typings += servers(stack, [peers.ssot_lsp()], folder, copy, text, pull=True)
        without, with_it = typings
        hints: int = sum(each["severity"] == _HINT for each in with_it.document.items)
        if hints != len(with_it.document.items) or len(without.document.items) != hints:
            message = f"{hints} of {len(with_it.document.items)} findings are in the baseline"
            raise RuntimeError(message)
        _type([*typings], text, count=count)
        bare += without.single
        known += with_it.single
    return hints


def write_baseline(folder: Path) -> None:
    """The findings below `folder`, and as many others as make it 10,000 entries."""
    subprocess.run(
        [peers.ssot_lsp().check[0], "baseline", "--no-cache"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    file = folder / ".ssot-baseline.json"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    names = [f"tests/unit/test_{number % 500}.py" for number in range(ENTRIES - len(lines) + 2)]
    others = [
        json.dumps([name, "unjustified-mock", f"TestOther.test_{number}", f"double_{number}=Mock()", 1])
        + ",\n"
        for number, name in enumerate(names)
    ]
    file.write_text("".join([*lines[:-1], *sorted(others), lines[-1]]), encoding="utf-8")


def _type(typings: list[Typing], text: str, *, count: int) -> None:
    chosen = places(text, count)
    for typing in typings:
        type_line(typing, *chosen[0], word="xxx")
    for line, indent in chosen:
        offset = end_of_line(typings[0].document.text, line)
        for key in ("\n" + indent, *WORD):
            typings.reverse()  # so that none is always the one that follows the other
            for typing in typings:
                typing.single.append(type_at(typing, offset, key))
            offset += len(key)
