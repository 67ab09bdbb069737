"""`python -m tests.prove [PROJECT…]`: fix the tests of real projects, and prove that they still say the same.

The status is 1 where a safe fix changes a test's outcome, a mutation is lost, or fewer were found than wanted.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.corpora import CorpusError

from . import report
from .projects import PROJECTS
from .proof import prove
from .running import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MUTATIONS, _FEW = 20, 3


def main(arguments: Sequence[str]) -> int:
    """Prove the chosen projects, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument(
        "projects", nargs="*", metavar="PROJECT", help=f"{', '.join(PROJECTS)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help=f"a few files of each, {_FEW} mutations")
    parser.add_argument("--write", action="store_true", help="put the figures into README.md")
    parser.add_argument(
        "--recall", action="store_true", help="run nothing: with --write, the figures of the last runs"
    )
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.projects if name not in PROJECTS]
    if unknown:
        parser.error(f"no such project: {', '.join(unknown)}")
    wanted = _FEW if asked.quick else _MUTATIONS
    holds = True
    for name in () if asked.recall else asked.projects or PROJECTS:
        started = time.monotonic()

        def say(what: str, name: str = name, started: float = started) -> None:
            print(f"{name}, {time.monotonic() - started:.0f} s: {what}", file=sys.stderr, flush=True)

        try:
            proof = prove(PROJECTS[name], quick=asked.quick, wanted=wanted, say=say)
        except (CorpusError, SuiteError) as error:
            print(error, file=sys.stderr)
            return 2
        print(report.text(proof), flush=True)
        if not asked.quick:
            report.remember(proof)
        holds = holds and proof.holds
    if asked.write:
        report.write()
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
