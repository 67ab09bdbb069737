"""`python -m tests.benchmarks [PART…]`: measure, print the table, with `--write` also into README.md."""

from __future__ import annotations

import argparse
import compileall
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import ssot_lsp

from . import (
    baseline,
    bases,
    batch,
    code_actions,
    completion,
    documents,
    figures,
    initialize,
    keystrokes,
    memory,
    report,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PARTS: dict[str, Callable[..., list[figures.Figure]]] = {
    "initialize": initialize.measure,
    "keystrokes": keystrokes.measure,
    "baseline": baseline.measure,
    "completion": completion.measure,
    "code-actions": code_actions.measure,
    "bases": bases.measure,
    "documents": documents.measure,
    "memory": memory.measure,
    "batch": batch.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Measure the chosen parts; the status tells whether it ran, never how fast."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="few runs, small workspace: to see that it works"
    )
    parser.add_argument("--write", action="store_true", help="put the figures of all parts into README.md")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    compileall.compile_dir(Path(ssot_lsp.__file__).parent, quiet=1)  # as whoever installs it has it
    measured: list[figures.Figure] = []
    for name in chosen.parts or PARTS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        some = PARTS[name](quick=chosen.quick)
        measured += some
        if not chosen.quick:
            figures.remember(some[0].part, some)
    print(report.text(measured))
    if chosen.write:
        report.write(figures.recall())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
