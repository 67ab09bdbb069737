"""The promises of every edit: whatever breaks one is withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.fixes import Change, Fix, Withdrawn, build, fixes_for
from ssot_lsp.fixes.base import escaped
from ssot_lsp.fixes.check import check
from ssot_lsp.text import Edit, Span
from tests.fixes.applying import PATH, analysed, finding

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.fixes import Kind, Snapshot

TEXT = (
    "from unittest.mock import Mock\nx = Mock()\ny = 1\nz = Mock()  # Justification: the broker is far away\n"
)
RULE = "unjustified-mock"
AT = TEXT.index("x = ")
SUPPRESSION = Edit(Span(AT + 10, AT + 10), "  # ssot: ignore[unjustified-mock]")


def objection(
    *edits: Edit, again: tuple[Edit, ...] | None = None, kind: Kind = "review", text: str = TEXT
) -> str:
    """Why edits for the first unjustified mock are withdrawn, empty where they are not; `again` is the second go."""
    analysis = analysed(text)
    fix = Fix("Do it", kind, finding(analysis, RULE), "test")

    def make(_: Snapshot, __: Fix) -> Change:
        if again is None:
            reason = "it is done"
            raise Withdrawn(reason)
        return Change(PATH, again)

    try:
        check(analysis, fix, Change(PATH, edits, is_snippet=kind == "snippet"), make)
    except Withdrawn as reason:
        return str(reason)
    return ""


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param((SUPPRESSION,), "", id="a good one"),
        pytest.param(
            (SUPPRESSION, Edit(Span(AT + 9, AT + 12), "")), "its edits overlap", id="overlapping edits"
        ),
        pytest.param(
            (Edit(Span(AT + 9, AT + 10), ""),), "the result would not parse", id="a bracket too few"
        ),
        pytest.param(
            (Edit(Span(AT + 10, AT + 11), "  # and "),),
            "it would change how other code reads",
            id="a line swallowed",
        ),
        pytest.param((Edit(Span(AT, AT), "# note\n"),), "the finding would stay", id="nothing done"),
        pytest.param(
            (
                SUPPRESSION,
                Edit(Span(AT + 11, AT + 11), "# a\n"),
                Edit(Span(len(TEXT) - 40, len(TEXT) - 1), ""),
            ),
            "it would bring a new finding: `Mock` is made by hand and nothing says why",
            id="another finding comes",
        ),
    ],
)
def test_objection(edits: tuple[Edit, ...], expected: str) -> None:
    assert objection(*edits) == expected


OTHER = "/workspace/tests/test_other.py"


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param((Edit(Span(0, 0), "# first\n"),), "", id="a good one"),
        pytest.param(
            (Edit(Span(0, 2), "x"), Edit(Span(1, 3), "y")), "its edits overlap", id="overlapping edits"
        ),
        pytest.param((Edit(Span(0, 0), "("),), "the result would not parse", id="a bracket too many"),
        pytest.param(
            (Edit(Span(0, 0), "# "),), "it would change how other code reads", id="a line swallowed"
        ),
        pytest.param(
            (Edit(Span(0, 5), "f = Mock()"),),
            "it would bring a new finding: `Mock` is made by hand and nothing says why",
            id="a finding comes",
        ),
    ],
)
def test_objection_to_what_it_does_elsewhere(edits: tuple[Edit, ...], expected: str) -> None:
    assert objection_elsewhere(Change(OTHER, edits)) == expected


def test_objection_to_files_that_cannot_be_edited() -> None:
    missing = objection_elsewhere(Change("/workspace/tests/test_missing.py", (Edit(Span(0, 0), "x"),)))

    assert "No such file" in missing
    assert objection_elsewhere(Change(PATH, (Edit(Span(0, 0), "x"),))) == "its edits overlap"


def objection_elsewhere(change: Change) -> str:
    """Why an edit that is good here and makes `change` too is withdrawn, empty where it is not."""
    workspace = Workspace(folders=["/workspace"])
    workspace.write(PATH, TEXT)
    workspace.write(OTHER, "e = 1\nassert e\n")
    analysis = workspace.snapshot()
    fix = Fix("Do it", "review", finding(analysis, RULE), "test")

    def make(_: Snapshot, __: Fix) -> Change:
        reason = "it is done"
        raise Withdrawn(reason)

    try:
        check(analysis, fix, Change(PATH, (SUPPRESSION,), elsewhere=(change,)), make)
    except Withdrawn as reason:
        return str(reason)
    return ""


def test_second_application_has_to_change_nothing_elsewhere() -> None:
    workspace = Workspace(folders=["/workspace"])
    workspace.write(PATH, TEXT)
    workspace.write(OTHER, "e = 1\n")
    analysis = workspace.snapshot()
    fix = Fix("Do it", "review", finding(analysis, RULE), "test")
    change = Change(PATH, (SUPPRESSION,), elsewhere=(Change(OTHER, (Edit(Span(0, 0), "# more\n"),)),))

    with pytest.raises(Withdrawn, match="a second application would change the file again"):
        check(analysis, fix, change, lambda *_: replace(change, edits=()))


def test_file_that_changed_on_disk_unseen_is_not_edited(tmp_path: Path) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(TEXT)
    analysis = Workspace(folders=[str(tmp_path)]).snapshot()
    (found, *_) = analysis.findings(str(path))
    fix = analysis.fixes(found)[-1]
    assert analysis.edit(fix).edits
    path.write_text("# first\n" + TEXT)

    with pytest.raises(Withdrawn, match=r"`test_it\.py` was changed on disk meanwhile"):
        analysis.edit(fix)
    path.unlink()
    with pytest.raises(Withdrawn, match="changed on disk"):
        analysis.edit(fix)


def test_new_finding_of_less_weight_is_no_objection() -> None:
    unneeded = Edit(Span(AT + 16, AT + 16), "  # ssot: ignore[forbidden-mock]")

    assert objection(SUPPRESSION, unneeded) == ""


def test_findings_elsewhere_may_move() -> None:
    text = TEXT + "w = Mock()\n"

    assert objection(Edit(Span(AT, AT), "# ssot: ignore[unjustified-mock]\n"), text=text) == ""


def test_second_application_has_to_change_nothing() -> None:
    nothing = Edit(Span(0, 4), "from")
    something = Edit(Span(0, 0), "# more\n")

    assert objection(SUPPRESSION, again=(nothing,)) == ""
    assert objection(SUPPRESSION, again=(something,)) == "a second application would change the file again"


def test_gap_to_fill_is_excused_from_curing_but_not_from_parsing() -> None:
    assert objection(Edit(Span(AT, AT), "# ${1:note}$0\n"), kind="snippet") == ""
    assert objection(Edit(Span(AT, AT), "${1:note} note\n"), kind="snippet") == "the result would not parse"


def test_file_that_did_not_parse_may_stay_so() -> None:
    text = TEXT + "w = (\n"

    assert objection(SUPPRESSION, text=text) == ""
    assert objection(SUPPRESSION, Edit(Span(0, 0), "w = )\n"), text=text) == "the result would not parse"


def test_endless_nesting_is_no_objection() -> None:
    text = f"from unittest.mock import Mock\nx = Mock()\ny = {'(' * 50_000}{')' * 50_000}\n"

    assert objection(SUPPRESSION, text=text) == ""


def test_listing_builds_nothing() -> None:
    analysis = analysed(TEXT)
    offered = fixes_for(analysis, finding(analysis, RULE))

    assert [each.maker for each in offered] == ["justify-by-comment", "suppress"]
    assert build(analysis, offered[1]).edits == (SUPPRESSION,)


def test_rule_without_a_fix_has_no_offers() -> None:
    analysis = analysed(TEXT)
    other = Fix("", "safe", finding(analysis, RULE), "").finding

    assert fixes_for(analysis, type(other)("factory-not-found", PATH, other.span, "", other.severity)) == ()


def test_plain_text_elsewhere() -> None:
    snippet = Change("/b.py", (Edit(Span(0, 0), "${1:b}"),), is_snippet=True)
    change = Change(PATH, (Edit(Span(0, 0), "a"),), elsewhere=(snippet,))

    assert [each.edits[0].text for each in change.plain().files] == ["a", "b"]


@pytest.mark.parametrize(
    ("snippet", "plain"),
    [
        pytest.param("a ${1:b} c$0", "a b c", id="a placeholder and the last stop"),
        pytest.param(r"\$0 \\ \}", r"$0 \ }", id="escapes"),
        pytest.param(r"${1:a \} b \$}$0", "a } b $", id="escapes in a placeholder"),
        pytest.param("$2x", "x", id="a bare stop"),
    ],
)
def test_plain_text_of_a_snippet(snippet: str, plain: str) -> None:
    change = Change(PATH, (Edit(Span(0, 0), snippet),), is_snippet=True)

    assert change.plain().edits[0].text == plain


def test_escaped_text_comes_back() -> None:
    text = r"a $1 \ } ${x}"

    assert Change(PATH, (Edit(Span(0, 0), escaped(text)),), is_snippet=True).plain().edits[0].text == text
