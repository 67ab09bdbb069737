"""The migration guide is true: its commands are run, one after the other, among its files.

`python -m tests.test_migration` writes what they print.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.test_readme import CHECKOUT, sessions

GUIDE = CHECKOUT / "MIGRATION.md"


def test_each_step_says_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    blocks = list(sessions(GUIDE.read_text(encoding="utf-8"), folder))
    assert len(blocks) >= 7
    for block, output in blocks:
        assert block.text == output


def rewrite() -> None:
    """Write the output of the sessions into the guide."""
    page = GUIDE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "shop"
        folder.mkdir()
        for block, output in sessions(page, folder):
            page = page.replace(f"```console\n{block.text}```", f"```console\n{output}```", 1)
    GUIDE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    rewrite()
