"""Every rule's page, and every case in `rules/*.md`, run through the real workspace."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files, SourceText
from ssot_lsp.rules import RULES
from ssot_lsp.text import Span, apply_edits
from tests.literate import (
    CaseFile,
    MalformedCaseError,
    disagreements,
    is_analysed,
    lay_out,
    parse,
    read_all,
    read_assertions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.rules import Rule
    from tests.literate import Case

CASES = tuple(read_all(known_rules=[rule.name for rule in RULES]))


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh workspace folder, below no folder whose name makes a test of everything in it."""
    return tmp_path_factory.mktemp("workspace")


# Cases in Markdown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case, root: Path) -> None:
    lay_out(case.files, root)
    workspace = Workspace(Files(), [str(root)])
    found = _findings(workspace.snapshot(), case.files, root)

    if differences := disagreements(case.files, found, str(root)):
        pytest.fail(f"tests/rules/{case.document}.md:{case.line}: {case.title}\n{differences}", pytrace=False)

    for file in case.files:
        if file.name.endswith(".py"):
            workspace.write(_path(root, file), file.text)
    assert _findings(workspace.snapshot(), case.files, root) == found, "open documents differ from the disk"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_cases_that_find_something_and_cases_that_do_not(rule: Rule) -> None:
    findings_per_case = [
        sum(each.rule == rule.name for file in case.files for each in file.assertions)
        for case in CASES
        if case.document.split("/", maxsplit=1)[0] == rule.name
    ]

    assert any(findings_per_case)
    assert not all(findings_per_case)


# What a case does not say


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"test_it.py": "Mock()\n"}, [("unjustified-mock", "warning", False)], id="mock"),
        pytest.param(
            {"test_it.py": "Mock()\n", "pyproject.toml": '[tool.ssot-lsp.levels]\n"**" = "L4"\n'},
            [("forbidden-mock", "error", False)],
            id="forbidden mock",
        ),
        pytest.param(
            {"test_it.py": "Mock()  # Justification: faster\n"},
            [("weak-justification", "warning", False)],
            id="weak justification",
        ),
        pytest.param(
            {"test_it.py": "x = 1  # Mock justification: the broker\n"},
            [("unused-justification", "hint", True)],
            id="unused justification",
        ),
        pytest.param(
            {"test_it.py": "x = 1  # ssot: ignore[unjustified-mock]\n"},
            [("unused-suppression", "hint", True)],
            id="unused suppression",
        ),
        pytest.param(
            {"test_it.py": "x = 1  # ssot: ignore[no-such-rule]\n"},
            [("unknown-rule-in-suppression", "warning", False)],
            id="unknown rule",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ssot-lsp]\nexclude = 1\n"},
            [("invalid-configuration", "error", False)],
            id="wrong type in the configuration",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ssot-lsp\n"},
            [("invalid-configuration", "error", False)],
            id="wrong TOML",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ssot-lsp]\nexcludes = []\n"},
            [("invalid-configuration", "warning", False)],
            id="unknown key in the configuration",
        ),
        pytest.param(
            {
                "test_it.py": "Mock()\n",
                "pyproject.toml": '[tool.ssot-lsp.severity]\nunjustified-mock = "error"\n',
            },
            [("unjustified-mock", "error", False)],
            id="another severity",
        ),
        pytest.param(
            {
                "test_it.py": "Mock()\n",
                "pyproject.toml": '[tool.ssot-lsp.severity]\nunjustified-mock = "off"\n',
            },
            [],
            id="a severity that is off",
        ),
    ],
)
def test_severities(files: dict[str, str], expected: list[tuple[str, str, bool]], root: Path) -> None:
    for name, text in files.items():
        (root / name).write_text(text)

    analysis = Workspace(Files(), [str(root)]).snapshot()

    findings = [each for name in files for each in analysis.findings(str(root / name))]
    assert [(each.rule, each.severity.label, each.unnecessary) for each in findings] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("import unittest.mock as um\num.Mock(a=1)", "um.Mock", id="a path"),
        pytest.param("@patch('a', b=1)\ndef f(): pass", "patch", id="a decorator without its at sign"),
        pytest.param("patch.object(a, 'b')", "patch.object", id="a method"),
        pytest.param("with patch('a') as b: pass", "patch", id="a context manager"),
        pytest.param("p = patch('a').start()", "patch", id="a started patch"),
        pytest.param("def f(mocker): mocker.patch.object(a, 'b')", "mocker.patch.object", id="pytest-mock"),
        pytest.param("x = Mock ()", "Mock", id="without the blank"),
    ],
)
def test_a_mock_is_marked_by_its_callee(code: str, expected: str, root: Path) -> None:
    path = str(root / "test_it.py")
    workspace = Workspace(Files(), [str(root)])
    workspace.write(path, code)

    (finding,) = workspace.snapshot().findings(path)

    assert code[finding.span.start : finding.span.end] == expected


def test_a_child_in_another_file_is_related_to_its_root(root: Path) -> None:
    """The root's finding names the child where it stands; the child's file has none."""
    base, child = root / "tests" / "base.py", root / "tests" / "test_it.py"
    base.parent.mkdir()
    base.write_text("class Base:\n    def setup_method(self):\n        self.m = Mock()\n")
    child.write_text(
        "from tests.base import Base\nclass TestIt(Base):\n    def test_it(self):\n        self.m.a = Mock()\n"
    )
    analysis = Workspace(Files(), [str(root)]).snapshot()

    assert [each.rule for each in analysis.findings(str(base))] == ["unjustified-mock"]
    assert analysis.findings(str(child)) == ()


def test_what_is_said_of_an_unsaved_configuration_costs_no_search(root: Path) -> None:
    """A name that was not there when the file was saved still is not; about a new one nothing is said yet."""
    settings, module = root / "pyproject.toml", root / "shop.py"
    settings.write_text("[tool.ssot-lsp]\nfactory = ['Doubles']\n")
    module.write_text("x = 1\n")
    read: list[str] = []

    class Typing(Files):
        def read(self, path: str) -> SourceText:
            read.append(path)
            return SourceText("\n[tool.ssot-lsp]\nfactory = ['Others', 'Doubles']\n")

        def bytes_of(self, path: str) -> bytes:
            read.append(path)
            return super().bytes_of(path)

    typed = Workspace(Typing(), [str(root)])
    typed.ask_elsewhere(Workspace(Files(), [str(root)]).snapshot())

    assert [(each.subject, each.span) for each in typed.snapshot().findings(str(settings))] == [
        ("Doubles", Span(38, 47))
    ]
    assert set(read) == {str(settings)}


# Pages

_SECTIONS = ("## Why is this bad?", "## Example", "Use instead:", "## Fix safety")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_page_has_its_sections_in_order(rule: Rule) -> None:
    what, *rest = _split(rule)

    assert what.strip(), "the page opens with what the rule flags"
    assert not what.lstrip().startswith("#")
    for title, body in zip(_SECTIONS, rest, strict=True):
        assert body.strip(), f"{title} is empty"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_findings_of_a_page_match_its_error_comments(rule: Rule, root: Path) -> None:
    files = _example(rule)
    assert any(file.assertions for file in files), "the example marks what is wrong with `# error`"
    lay_out(files, root)

    found = _findings(Workspace(Files(), [str(root)]).snapshot(), files, root)

    if differences := disagreements(files, found, str(root)):
        pytest.fail(f"the example on the page of {rule.name}\n{differences}", pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_cure_of_a_page_is_clean(rule: Rule, root: Path) -> None:
    files = _cure(rule)
    lay_out(files, root)

    found = _findings(Workspace(Files(), [str(root)]).snapshot(), files, root)

    if differences := disagreements(files, found, str(root)):
        pytest.fail(f"the cure on the page of {rule.name}\n{differences}", pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_first_fix_of_an_example_is_the_cure(rule: Rule, root: Path) -> None:
    """Finding by finding, the first fix. One that leaves a gap to fill is no cure, and neither is a suppression."""
    files = {file.name: file.text for file in _example(rule)}
    lay_out(_example(rule), root)
    workspace = Workspace(Files(), [str(root)])
    applied = 0

    for _ in range(20):
        analysis = workspace.snapshot()
        finding = next(_of_rule(rule, analysis, files, root), None)
        fixes = analysis.fixes(finding) if finding else ()
        if not fixes or fixes[0].kind == "snippet" or fixes[0].maker == "suppress":
            break
        change = analysis.edit(fixes[0])
        name = os.path.relpath(change.path, root).replace(os.sep, "/")
        files[name] = apply_edits(files[name], change.edits)
        _write(workspace, root, name, files[name])
        applied += 1

    if applied:
        assert files == {file.name: file.text for file in _cure(rule)}


def _split(rule: Rule) -> list[str]:
    """The page cut at its sections; each part but the first without its title."""
    pattern = "|".join(re.escape(each) for each in _SECTIONS)
    page = rule.page
    assert re.findall(rf"^(?:{pattern})$", page, re.MULTILINE) == list(_SECTIONS), (
        f"{_SECTIONS}, each on a line"
    )
    return re.split(rf"^(?:{pattern})$", page, flags=re.MULTILINE)


def _example(rule: Rule) -> tuple[CaseFile, ...]:
    return _files(rule, _split(rule)[2])


def _cure(rule: Rule) -> tuple[CaseFile, ...]:
    """The files of the cure; those of the example that it does not show again are there as they were."""
    example = {file.name: CaseFile(file.name, file.text) for file in _example(rule)}
    return tuple((example | {file.name: file for file in _files(rule, _split(rule)[3])}).values())


def _files(rule: Rule, section: str) -> tuple[CaseFile, ...]:
    (case,) = parse(f"# {rule.name}\n{section}", f"the page of {rule.name}")
    named = ("test_example.py" if file.name == "test_case.py" else file.name for file in case.files)
    return tuple(
        CaseFile(
            name,
            file.text,
            tuple(
                type(each)(each.kind, each.line, each.rule or rule.name, each.message, each.root)
                for each in file.assertions
            ),
        )
        for name, file in zip(named, case.files, strict=True)
    )


def _of_rule(rule: Rule, analysis: Analysis, names: dict[str, str], root: Path) -> Iterator[Finding]:
    for name in names:
        if name.endswith((".py", ".toml")):
            yield from (each for each in analysis.findings(str(root / name)) if each.rule == rule.name)


def _write(workspace: Workspace, root: Path, name: str, text: str) -> None:
    path = root / name
    path.write_bytes(text.encode())
    workspace.changed([str(path)])


def _findings(analysis: Analysis, files: Sequence[CaseFile], root: Path) -> dict[str, tuple[Finding, ...]]:
    return {file.name: analysis.findings(_path(root, file)) for file in files if is_analysed(file)}


def _path(root: Path, file: CaseFile) -> str:
    return os.path.join(str(root), *file.name.split("/"))


# The harness itself


def test_assertions_are_cut_off_with_the_blanks_before_them() -> None:
    text = 'x = Mock()  # Justification: slow  # error: [a-rule] "part"  # covered: [b] line 3\ny = 1\n'

    file = read_assertions(text, "test_case.py")

    assert file.text == "x = Mock()  # Justification: slow\ny = 1\n"
    assert [str(each) for each in file.assertions] == ['error [a-rule] "part"', "covered [b] by line 3"]


def test_a_case_has_the_files_of_its_section() -> None:
    markdown = """\
# Document
## First
Prose, not a name: `x`.

`tests/helpers.py`:

```python
x = 1
```
```python
y = 2
```
```toml
[tool]
```
```text
left out
```
## Second
### Inner
```python
z = 3
```
"""
    first, second = parse(markdown, "document")

    assert (first.id, first.line) == ("document: First", 2)
    assert [(file.name, file.text) for file in first.files] == [
        ("tests/helpers.py", "x = 1\n"),
        ("test_case.py", "y = 2\n"),
        ("pyproject.toml", "[tool]\n"),
    ]
    assert second.title == "Second / Inner"


@pytest.mark.parametrize(
    ("markdown", "reason"),
    [
        pytest.param("# A\n```python\n", "A.md:2: this block has no end", id="open block"),
        pytest.param("# A\n```python\n```\n```python\n```\n", "two blocks are called", id="one name twice"),
        pytest.param(
            "# A\n## B\n```python\n```\n## B\n```python\n```\n", "two cases are called", id="one title"
        ),
        pytest.param(
            "# A\n```python\nx  # error: [no-such-rule]\n```\n", "A.md:3: no such rule", id="no rule"
        ),
        pytest.param("# A\n```python\nx  # error\n```\n", "no such rule", id="no rule at all"),
    ],
)
def test_malformed_cases_are_refused(markdown: str, reason: str) -> None:
    with pytest.raises(MalformedCaseError, match=re.escape(reason)):
        tuple(parse(markdown, "A.md", ["unjustified-mock"]))


def test_a_difference_is_shown_under_its_line() -> None:
    file = read_assertions("x = 1  # error: [unjustified-mock]\n", "test_case.py")

    shown = disagreements((file,), {"test_case.py": ()}, "/workspace")

    assert shown == (
        "\n  test_case.py\n"
        "     1  x = 1\n"
        "     >  expected  error [unjustified-mock]"
    )  # fmt: skip
