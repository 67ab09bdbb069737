"""The figures of the projects, in the terminal and between the markers of README.md."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.corpora import cache_folder

from .projects import PROJECTS

if TYPE_CHECKING:
    from collections import Counter

    from .proof import Proof

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_MOST = 12
"""Reasons of one kind; the others are counted in one line."""


def text(proof: Proof) -> str:
    """Everything there is to say of one project, as Markdown."""
    tests = ", ".join(f"{count:,} {how}" for how, count in proof.outcomes.most_common())
    survey = proof.survey
    lines = [
        f"### {proof.project} {proof.version}",
        "",
        "| | |",
        "| --- | ---: |",
        f"| tests | {tests} |",
        f"| mocks that nothing justifies | {survey.total:,} |",
        f"| safe fixes, applied unseen | {proof.safe:,} in {proof.safe_files} files |",
        f"| tests that changed their outcome by these | {len(proof.changed)} |",
        f"| fixes for review, kept by `fix --verify` | {proof.verified:,} in {proof.verified_files} files |",
        f"| reverted | {len(proof.reverted)} |",
        f"| could not be applied | {proof.refused.total()} |",
        f"| mutations that made changed tests fail | {len(proof.trials)} |",
        f"| of these no longer found | {len(proof.lost)} |",
        "",
    ]
    if proof.changed:
        lines += ["Changed by a safe fix, which must not be:", "", *_listed(proof.changed), ""]
    if proof.lost:
        lost = [f"{each.mutation}: {', '.join(each.lost)}" for each in proof.lost]
        lines += ["Mutations that fixed tests no longer find:", "", *_listed(lost), ""]
    if proof.unsteady:
        lines += ["Not alike in two runs of the same:", "", *_listed(sorted(proof.unsteady)), ""]
    if proof.failures:
        lines += ["Files that could not be verified:", "", *_listed(sorted(proof.failures)), ""]
    lines += _counted("Not safe, because", survey.review)
    lines += _counted("Not offered, because", survey.refused)
    lines += _counted("Not applied, because", proof.withdrawn + proof.refused)
    if proof.reverted:
        lines += ["Reverted:", "", *_listed(sorted(proof.reverted)), ""]
    lines += ["Mutations:", "", *_listed([f"{each.mutation}: {each.failed} fail" for each in proof.trials])]
    return "\n".join(lines) + "\n"


def remember(proof: Proof) -> None:
    """Keep what is said of one project for the README."""
    path = _store(proof.project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(proof), encoding="utf-8")


def write() -> None:
    """Put what was last said of each project between the markers of README.md."""
    found = [_store(name).read_text(encoding="utf-8") for name in PROJECTS if _store(name).is_file()]
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = f"With Python {platform.python_version()} on {platform.system()}.\n"
    README.write_text("\n".join([f"{before}{BEGIN}", machine, *found, f"{END}{after}"]), encoding="utf-8")


def _store(project: str) -> Path:
    return cache_folder() / "prove" / f"{project}.md"


def _counted(title: str, counts: Counter[str]) -> list[str]:
    if not counts:
        return []
    ordered = counts.most_common()
    lines = [f"- {count:,}: {reason or 'no reason is given'}" for reason, count in ordered[:_MOST]]
    if rest := ordered[_MOST:]:
        lines.append(f"- {sum(count for _, count in rest):,}: {len(rest)} other reasons")
    return [f"{title}:", "", *lines, ""]


def _listed(items: list[str]) -> list[str]:
    return [f"- {' '.join(each.split())}" for each in items]
