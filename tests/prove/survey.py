"""What is offered for each mock that nothing justifies: a safe fix, one for review, none, and each time why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssot_lsp.analysis import Workspace
from ssot_lsp.candidates import candidates, wanted
from ssot_lsp.fixes import Withdrawn, best_fix, safe_fix
from ssot_lsp.fixes.swap import site_of
from ssot_lsp.fixes.swap_plan import Case, refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding

RULE = "unjustified-mock"
_NAMED = re.compile(r"`[^`]*`|“[^”]*”")
_NUMBER = re.compile(r"\b\d+\b")
_ARTICLE = re.compile(r"\ban? (?=…)")


@dataclass(slots=True)
class Survey:
    """Counts, the reasons without the names in them."""

    safe: int = 0
    review: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """All mocks that nothing justifies."""
        return self.safe + self.review.total() + self.refused.total()


def survey(folder: Path, paths: Iterable[Path]) -> Survey:
    """What is offered in the files at the absolute `paths` of the project in `folder`."""
    analysis = Workspace(folders=[str(folder)]).snapshot()
    found = Survey()
    for path in paths:
        for finding in analysis.findings(str(path)):
            if finding.rule != RULE:
                continue
            best = best_fix(analysis, finding)
            if best is None:
                found.refused[grouped(_why_none(analysis, finding))] += 1
            elif safe_fix(analysis, finding) is not None:
                found.safe += 1
            else:
                found.review[grouped(best.title.partition("; for review: ")[2])] += 1
    return found


def grouped(reason: str) -> str:
    """A reason as it stands for all that are alike: without names and numbers."""
    return _ARTICLE.sub("a ", _NUMBER.sub("N", _NAMED.sub("…", reason)))


def _why_none(analysis: Analysis, finding: Finding) -> str:
    site = site_of(analysis, finding)
    if site is None:
        return "it is no double that is made here"
    try:
        case = Case(analysis, finding.path, site)
    except Withdrawn as error:
        return str(error)
    if reason := refused(case):
        return reason
    known = wanted(case.mocks, site)
    factories = analysis.factories(finding.path)
    if not candidates(factories, known, analysis.config(finding.path).factory_map):
        return "no method of the factory fits it"
    return "the methods that would fit do not take what it is told"
