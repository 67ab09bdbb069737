"""Every fix of every finding of the rules' own cases, in all line ends: it cures, or it says why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Withdrawn
from ssot_lsp.text import apply_edits
from tests.literate import lay_out, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from tests.literate import Case

FOLDER = Path(__file__).parent.parent / "rules"
NO_PLACE = {"there is no place for a comment", "the statement is not complete"}


def _cases() -> Iterator[Case]:
    for path in sorted(FOLDER.rglob("*.md")):
        yield from parse(path.read_text("utf-8"), path.relative_to(FOLDER).with_suffix("").as_posix())


@pytest.mark.parametrize("end", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF")])
@pytest.mark.parametrize("case", tuple(_cases()), ids=lambda case: case.id)
def test_fixes_cure(case: Case, end: str, tmp_path: Path) -> None:
    lay_out(case.files, tmp_path)
    workspace = Workspace(folders=[str(tmp_path)])
    for file in case.files:
        if file.name.endswith(".py"):
            path = str(tmp_path / file.name)
            workspace.write(path, file.text.replace("\n", end))
            analysis = workspace.snapshot()
            for finding in analysis.findings(path):
                _try_all(analysis, finding, end)


def _try_all(analysis: Analysis, finding: Finding, end: str) -> None:
    text = analysis.text(finding.path)
    for fix in analysis.fixes(finding):
        try:
            change = analysis.edit(fix)
        except Withdrawn as withdrawn:
            is_broken = any(analysis.facts(finding.path).source.errors())
            if str(withdrawn) not in NO_PLACE and not is_broken:
                pytest.fail(f"{fix.title}: {withdrawn}\n{text}")
            continue
        after = apply_edits(text, change.plain().edits)
        assert after.replace(end, "").count("\n") == 0, "line ends are mixed" if end != "\n" else ""
        if fix.maker == "edit-reason":  # the reason is as weak as before until it is filled in
            continue
        cured = analysis.overlay({finding.path: after}).findings(finding.path)
        same = [each for each in analysis.findings(finding.path) if each.rule == finding.rule]
        left = [each for each in cured if each.rule == finding.rule]
        assert len(left) < len(same), (fix.title, after)
