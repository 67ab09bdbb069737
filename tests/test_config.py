"""Configuration: text in, settings and problems out."""

from __future__ import annotations

import contextlib
import os
import pickle
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssot_lsp.config import (
    RULE_NAMES,
    Configs,
    EventSet,
    Problem,
    ProjectConfig,
    Replacement,
    did_you_mean,
    is_configuration,
    parse,
)
from ssot_lsp.files import Files
from ssot_lsp.finding import Severity
from ssot_lsp.globs import compile_globs, relative_to
from ssot_lsp.text import Span
from ssot_lsp.toml import TomlError, places, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEFAULT = ProjectConfig("/x")


def config_of(start: str, folders: Iterable[str] = ()) -> ProjectConfig:
    """The configuration for a file or folder in workspace folders."""
    return Configs(Files(), folders).of_folder(start if os.path.isdir(start) else os.path.dirname(start))


def parsed(table: str) -> ProjectConfig:
    """The configuration of an ssot-lsp.toml."""
    config = parse("/x/ssot-lsp.toml", textwrap.dedent(table))
    assert config is not None
    return config


def shown(problem: Problem, text: str) -> str:
    """A problem on one line: what it underlines, how bad it is, what it says."""
    return f"{text[slice(*problem.span)]} | {problem.severity.label} | {problem.message}"


def lay_out(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")


# Keys


@pytest.mark.parametrize(
    ("table", "name", "value"),
    [
        pytest.param('factory = "Makers"', "factory", ("Makers",), id="one factory as a string"),
        pytest.param('factory = ["A", "b.C"]', "factory", ("A", "b.C"), id="several factories"),
        pytest.param('base-classes = ["x.Base"]', "base_classes", ("x.Base",), id="base classes"),
        pytest.param('test-files = ["check_*.py"]', "test_files", ("check_*.py",), id="test files"),
        pytest.param('exclude = ["old/"]', "exclude", ("old/",), id="excluded folders"),
        pytest.param('select = ["ALL"]', "select", ("ALL",), id="all rules are selected"),
        pytest.param("select = []", "select", (), id="no rule is selected"),
        pytest.param("forbid-mocks-from = 3", "forbid_mocks_from", 3, id="a level as a number"),
        pytest.param('forbid-mocks-from = "l3"', "forbid_mocks_from", 3, id="a level as a name"),
        pytest.param(
            'levels = { "tests/e2e/**" = "L4", "tests/**" = 1 }',
            "levels",
            (("tests/e2e/**", 4), ("tests/**", 1)),
            id="levels keep their order",
        ),
        pytest.param(
            "[severity]\nunjustified-mock = 'error'",
            "severity",
            {"unjustified-mock": Severity.ERROR},
            id="a severity",
        ),
        pytest.param(
            "severity = { frozen-double = 'off' }", "ignore", ("frozen-double",), id="a rule turned off"
        ),
        pytest.param(
            "ignore = ['bypassed-ssot']\nseverity = { frozen-double = 'off' }",
            "ignore",
            ("bypassed-ssot", "frozen-double"),
            id="a rule turned off beside ignored ones",
        ),
        pytest.param(
            "per-file-ignores = { 'legacy/' = ['ALL'] }",
            "per_file_ignores",
            (("legacy/", ("ALL",)),),
            id="ignores per file",
        ),
        pytest.param(
            "[real-fixtures]\nRedis = 'real_redis'",
            "real_fixtures",
            {"Redis": "real_redis"},
            id="real fixtures",
        ),
        pytest.param(
            "[factory-map]\na.b.C = 'create_c'\n'd.E' = 'create_e'",
            "factory_map",
            {"a.b.C": "create_c", "d.E": "create_e"},
            id="dotted names with and without quotation marks",
        ),
        pytest.param(
            "[replacements]\ndocker.from_env = { use = 'a.Docker', same-call = true }\n'pytest.main' = 'run.tests'",
            "replacements",
            {
                "docker.from_env": Replacement("a.Docker", same_call=True),
                "pytest.main": Replacement("run.tests"),
            },
            id="replacements in both forms",
        ),
        pytest.param(
            "[[event-sets]]\nevents = ['a', 'b']\n[[event-sets]]\nevents = ['c']\nprefixes = ['on_']",
            "event_sets",
            (EventSet(("a", "b")), EventSet(("c",), ("on_",))),
            id="event sets",
        ),
        pytest.param(
            "isolation-parameters = ['tenant']", "isolation_parameters", ("tenant",), id="isolation"
        ),
        pytest.param("require-base = true", "require_base", True, id="a base is required"),
        pytest.param("baseline = 'mocks.json'", "baseline", "mocks.json", id="a baseline"),
    ],
)
def test_key_is_read(table: str, name: str, value: object) -> None:
    config = parsed(table)

    assert getattr(config, name) == value
    assert getattr(DEFAULT, name) != value
    assert config.problems == ()


def test_justification_is_a_table_of_its_own() -> None:
    justification = parsed(
        """
        [justification]
        comments = ["Why"]
        decorators = ["lib.marks.allow_mock"]
        require-level = true
        rejected-words = ["because"]
        """
    ).justification

    assert justification.comments == ("Why",)
    assert justification.decorators == ("lib.marks.allow_mock",)
    assert justification.require_level
    assert justification.rejected_words == ("because",)


def test_configuration_survives_the_way_to_another_process() -> None:
    config = parsed(
        "select = ['ALL']\nlevels = { 'e2e/' = 'L4' }\nseverity = { frozen-double = 'hint' }\nx = 1"
    )

    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own bytes
    assert hash(config) == hash(pickle.loads(pickle.dumps(config)))  # noqa: S301 - our own bytes


# Problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "factory = 3",
            ["3 | error | `factory` takes an array of strings, not an integer"],
            id="a wrong type",
        ),
        pytest.param(
            "select = [\n  'unjustified-mock', # first\n  7,\n]",
            ["7 | error | `select` takes strings, not an integer"],
            id="a wrong type inside of an array",
        ),
        pytest.param(
            "require-base = 1",
            ["1 | error | `require-base` takes `true` or `false`, not an integer"],
            id="no boolean",
        ),
        pytest.param(
            "baseline = true", ["true | error | `baseline` takes a string, not a boolean"], id="no string"
        ),
        pytest.param(
            "justification = 1979-05-27",
            ["1979-05-27 | error | `justification` takes a table, not a date or time"],
            id="no table",
        ),
        pytest.param(
            "event-sets = [{ prefixes = ['on_'] }]",
            ["{ prefixes = ['on_'] } | error | `event-sets` takes tables with a key `events`"],
            id="an event set without events",
        ),
        pytest.param(
            'levels = { "a" = "L9" }',
            ['"L9" | error | `levels.a` takes a realism level from `"L0"` to `"L5"`'],
            id="no level",
        ),
        pytest.param(
            "forbid-mocks-from = true",
            ['true | error | `forbid-mocks-from` takes a realism level from `"L0"` to `"L5"`'],
            id="a boolean is no level, though it is an integer to Python",
        ),
        pytest.param(
            "[severity]\nfrozen-double = 'bad'\nbypassed-ssot = 'hint'",
            [
                "'bad' | error | `severity.frozen-double` takes one of `error`, `warning`, `information`, `hint`, `off`"
            ],
            id="no severity",
        ),
        pytest.param(
            "test-files = ['ok.py', '!']",
            ["'!' | error | `test-files` takes globs as in .gitignore, and `!` is none"],
            id="no glob",
        ),
        pytest.param(
            "exclude = ['[z-a]']",
            ["'[z-a]' | error | `exclude` takes globs as in .gitignore, and `[z-a]` is none"],
            id="a glob with an impossible range",
        ),
        pytest.param(
            "selct = []",
            ["selct | warning | the key `selct` is unknown, did you mean `select`?"],
            id="an unknown key near a known one",
        ),
        pytest.param(
            "base_classes = []",
            ["base_classes | warning | the key `base_classes` is unknown, did you mean `base-classes`?"],
            id="an underscore for a hyphen",
        ),
        pytest.param("zzz = 1", ["zzz | warning | the key `zzz` is unknown"], id="an unknown key near none"),
        pytest.param(
            "[justification]\ncomment = 'x'",
            ["comment | warning | the key `justification.comment` is unknown, did you mean `comments`?"],
            id="an unknown key in a table",
        ),
        pytest.param(
            "ignore = ['unjustifed-mock']",
            [
                "'unjustifed-mock' | warning | there is no rule `unjustifed-mock`, did you mean `unjustified-mock`?"
            ],
            id="an unknown rule in a list",
        ),
        pytest.param(
            "[severity]\n'weak-justificaton' = 'hint'",
            [
                "'weak-justificaton' | warning | there is no rule `weak-justificaton`, did you mean `weak-justification`?"
            ],
            id="an unknown rule as a key",
        ),
        pytest.param(
            "per-file-ignores.'a/' = ['nope']",
            ["'nope' | warning | there is no rule `nope`"],
            id="one per file",
        ),
        pytest.param(
            "x = 1\nfactory = []\ny = 2\n",
            ["x | warning | the key `x` is unknown", "y | warning | the key `y` is unknown"],
            id="problems stand in the order of the text",
        ),
        pytest.param(
            "# é😀\r\n\r\nfactory = [ # ]\r\n  '''a''', \"\"\"b\r\n\"\"\",\r\n  false ]\r\n",
            ["false | error | `factory` takes strings, not a boolean"],
            id="comments, CRLF and strings of several lines before it",
        ),
    ],
)
def test_problem_stands_where_it_is_made(text: str, expected: list[str]) -> None:
    assert [shown(each, text) for each in parsed(text).problems] == expected


def test_wrong_key_keeps_its_default_and_the_others_count() -> None:
    config = parsed("factory = 3\nselect = ['ALL']\ntest-files = ['!']")

    assert config.factory == DEFAULT.factory
    assert config.test_files == DEFAULT.test_files
    assert config.select == ("ALL",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "[tool.ssot-lsp]\nselect = [\n", "[ | error | the file is not valid TOML: ", id="an open array"
        ),
        pytest.param(
            "[tool.ssot-lsp]\nx y = 1", "y | error | the file is not valid TOML: expected '='", id="no sign"
        ),
        pytest.param(
            "[tool.ssot-lsp]\r\nx = é\r\n", "é | error | the file is not valid TOML: invalid value", id="CRLF"
        ),
        pytest.param(
            "[tool.ssot-lsp]\nx = " + "[" * 100_000,
            "",
            id="endless nesting",
        ),
    ],
)
def test_no_toml_is_an_error_where_it_breaks(text: str, problem: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"pyproject.toml": text})
    # newlines as they are
    (tmp_path / "pyproject.toml").write_bytes(text.encode())

    config = config_of(str(tmp_path / "test_a.py"))

    (found,) = config.problems
    assert shown(found, text).startswith(problem)
    assert found.severity is Severity.ERROR
    assert config.factory == DEFAULT.factory
    assert config.root == str(tmp_path)


def test_last_good_state_is_kept_while_the_file_is_broken(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.ssot-lsp]\nfactory = 'Makers'\n"}
    lay_out(tmp_path, files)
    configs = Configs(Files(), [str(tmp_path)])
    path, test = str(tmp_path / "pyproject.toml"), str(tmp_path / "test_a.py")
    good = configs.of(test)

    for broken in ("[tool.ssot-lsp]\nfactory = ", "[tool", "[tool.ssot-lsp]\nfactory = 'x"):
        lay_out(tmp_path, {"pyproject.toml": broken})
        assert configs.forget([path])
        assert configs.of(test).factory == ("Makers",)
        assert [each.severity for each in configs.of(test).problems] == [Severity.ERROR]

    lay_out(tmp_path, files)
    configs.forget([path])
    assert configs.of(test) == good


def test_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "ssot-lsp.toml").write_bytes(b"a\0b")

    (problem,) = config_of(str(tmp_path)).problems

    assert problem == Problem(
        str(tmp_path / "ssot-lsp.toml"),
        Span(0, 0),
        "the file cannot be read: holds NUL bytes",
        Severity.ERROR,
    )


def test_broken_file_of_somebody_else_is_reported_and_passed_by(tmp_path: Path) -> None:
    lay_out(tmp_path, {"ssot-lsp.toml": "factory = 'Makers'", "sub/pyproject.toml": "<html>"})

    config = config_of(str(tmp_path / "sub" / "test_a.py"))

    assert config.factory == ("Makers",)
    assert config.root == str(tmp_path)
    assert [each.path for each in config.problems] == [str(tmp_path / "sub" / "pyproject.toml")]
    assert config_of(str(tmp_path / "test_a.py")).problems == ()


FRAGMENTS = (
    *(
        "[a]",
        "[[b.c]]",
        "x",
        "'y=\"'",
        '"z\\u00e9"',
        ".",
        "=",
        "1",
        "1979-05-27 07:32:00",
        "'''\n#]'''",
        "[",
        "]",
    ),
    *("{", "}", ",", '# =["', "\n", "\r\n", " ", '"""\\""" """', "true", "é"),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(TomlError):
        keys = set(read(text))
        assert {path[0] for path in places(text)} == keys


VALUES = st.recursive(
    st.sampled_from(["1", "'a,]}'", '"b\\"#"', "true", "1979-05-27 07:32:00", '"""c\n\'"""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[ # ,\n{','.join(each)}\n]")
        | st.lists(inner, max_size=3).map(
            lambda each: f"{{ {', '.join(f'k{number} = {text}' for number, text in enumerate(each))} }}"
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_places_are_those_of_the_values(value: str) -> None:
    try:
        values = read(f"a.b = {value} # end\n")
    except TomlError:
        assume(False)  # before TOML 1.1 an inline table is on one line
    text = f"a.b = {value} # end\n"
    found = places(text)

    for path, where in found.items():
        expected: Any = values
        for key in path:
            expected = expected[key]
        if len(path) > 1:
            assert read(f"v = {text[slice(*where.value)]}") == {"v": expected}
    assert text[slice(*found["a", "b"].value)] == value


@pytest.mark.parametrize(
    ("text", "span"),
    [
        pytest.param("a = 1\nb c = 2\n", Span(8, 9), id="after a line feed"),
        pytest.param("a = 1\r\nb c = 2\r\n", Span(9, 10), id="after CR LF"),
        pytest.param("é = 1", Span(0, 1), id="at the start"),
        pytest.param("a = [ \n\n", Span(4, 5), id="the end is where the last character stands"),
        pytest.param("a = 1\na = 2\r\n", Span(10, 11), id="the end of a line is its last character"),
        pytest.param("\na =\n", Span(3, 4), id="a value that is missing"),
    ],
)
def test_error_has_its_place(text: str, span: Span) -> None:
    with pytest.raises(TomlError) as caught:
        read(text)

    assert caught.value.span == span


# Which file


@pytest.mark.parametrize(
    ("files", "root", "name"),
    [
        pytest.param({"pyproject.toml": "[tool.ssot-lsp]"}, "", "pyproject.toml", id="pyproject.toml"),
        pytest.param({"ssot-lsp.toml": ""}, "", "ssot-lsp.toml", id="a file of our own, even an empty one"),
        pytest.param(
            {"ssot-lsp.toml": "", "pyproject.toml": "[tool.ssot-lsp]"},
            "",
            "ssot-lsp.toml",
            id="our own comes first",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ssot-lsp]", "a/pyproject.toml": "[tool.other]"},
            "",
            "pyproject.toml",
            id="a nearer file without our table does not count",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ssot-lsp]", "a/b/ssot-lsp.toml": ""},
            "a/b",
            "a/b/ssot-lsp.toml",
            id="a nested root",
        ),
        pytest.param({"a/b/c/ssot-lsp.toml": ""}, "w", None, id="a file below does not count"),
    ],
)
def test_nearest_file_counts(files: dict[str, str], root: str, name: str | None, tmp_path: Path) -> None:
    lay_out(tmp_path, files)
    start = tmp_path / "a" / "b" / "test_a.py"
    start.parent.mkdir(parents=True, exist_ok=True)
    expected = str(tmp_path / "a") if root == "w" else str(tmp_path / root)

    config = config_of(str(start), [str(tmp_path / "a")])

    assert config.root == expected
    assert config.path == (str(tmp_path / name) if name else None)


def test_search_goes_on_above_the_workspace_folder(tmp_path: Path) -> None:
    lay_out(tmp_path, {"ssot-lsp.toml": "", "tests/unit/test_a.py": ""})

    editor = config_of(str(tmp_path / "tests/unit/test_a.py"), [str(tmp_path / "tests")])
    terminal = config_of(str(tmp_path / "tests/unit/test_a.py"), [str(tmp_path)])

    assert editor == terminal


def test_root_is_the_folder_itself_where_there_is_nothing_else(tmp_path: Path) -> None:
    assert config_of(str(tmp_path / "test_a.py")).root == str(tmp_path)


def test_innermost_workspace_folder_is_the_root(tmp_path: Path) -> None:
    folders = [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "ab")]

    assert config_of(str(tmp_path / "a" / "b" / "test_a.py"), folders).root == folders[1]


def test_document_without_a_place_belongs_to_the_first_folder(tmp_path: Path) -> None:
    lay_out(tmp_path, {"ssot-lsp.toml": "factory = 'Makers'"})

    config = Configs(Files(), [str(tmp_path)]).of("untitled:Untitled-1")

    assert config.factory == ("Makers",)
    assert Configs(Files()).of("untitled:Untitled-1").factory == DEFAULT.factory


def test_configuration_follows_the_disk(tmp_path: Path) -> None:
    configs = Configs(Files(), [str(tmp_path)])
    test = str(tmp_path / "a" / "test_a.py")
    assert configs.of(test).path is None

    lay_out(tmp_path, {"a/ssot-lsp.toml": "factory = 'Makers'"})
    assert not configs.forget([test])
    assert configs.of(test).path is None
    assert configs.forget([str(tmp_path / "a" / "ssot-lsp.toml")])
    assert configs.of(test).factory == ("Makers",)

    (tmp_path / "a" / "ssot-lsp.toml").unlink()
    assert configs.forget([str(tmp_path / "a")])
    assert configs.of(test).path is None

    configs.set_folders([str(tmp_path / "a")])
    assert configs.of(test).root == str(tmp_path / "a")


# Test files


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        pytest.param("/x/test_a.py", True, id="a prefix"),
        pytest.param("/x/src/a_test.py", True, id="a suffix"),
        pytest.param("/x/app/tests.py", True, id="tests.py"),
        pytest.param("/x/conftest.py", True, id="conftest.py"),
        pytest.param("/x/tests/deep/er/helpers.py", True, id="below tests"),
        pytest.param("/x/a/test/b.py", True, id="below test"),
        pytest.param("/x/a/testing/b.py", True, id="below testing"),
        pytest.param("/x/test_framework/b.py", True, id="below a folder with the prefix"),
        pytest.param("/x/unit_tests/b.py", True, id="below a folder with the suffix"),
        pytest.param("/x/contest.py", False, id="a word that ends alike"),
        pytest.param("/x/latest/b.py", False, id="a folder that ends alike"),
        pytest.param("/x/testify/b.py", False, id="a folder that begins alike"),
        pytest.param("/x/test.py", False, id="test.py alone"),
        pytest.param("/x/src/a.py", False, id="any other file"),
        pytest.param("/tests/a.py", False, id="a folder outside of the root does not count"),
        pytest.param("/tests/test_a.py", True, id="a file outside of the root counts by its name"),
        pytest.param("untitled:test_a.py", True, id="a document with no file counts by its name"),
    ],
)
def test_test_files_by_default(path: str, *, is_test: bool) -> None:
    assert DEFAULT.is_test_file(path) is is_test


def test_folder_above_the_root_makes_no_tests() -> None:
    assert not ProjectConfig("/home/tests/project").is_test_file("/home/tests/project/src/a.py")


def test_test_files_as_configured() -> None:
    config = parsed("test-files = ['checks/**/*.py', '!checks/lib/*.py']")

    assert config.is_test_file("/x/checks/a/b.py")
    assert config.is_test_file("/x/checks/b.py")
    assert not config.is_test_file("/x/sub/checks/b.py")
    assert not config.is_test_file("/x/checks/lib/b.py")
    assert not config.is_test_file("/x/test_a.py")


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        pytest.param("/x", "/x/a/b.py", "a/b.py", id="below"),
        pytest.param("/x/", "/x/a.py", "a.py", id="a root that ends in a slash"),
        pytest.param("/", "/a.py", "a.py", id="the root of the disk"),
        pytest.param("/x", "/xy/a.py", None, id="a name that begins alike"),
        pytest.param(r"C:\Work", r"c:\work\A\b.py", "A/b.py", id="a drive letter and another letter case"),
        pytest.param(r"\\host\share", r"\\host\share\a.py", "a.py", id="a share"),
        pytest.param("C:/w", r"C:\w\a.py", "a.py", id="both separators"),
        pytest.param(r"C:\w", r"D:\w\a.py", None, id="another drive"),
    ],
)
def test_relative_path(root: str, path: str, expected: str | None) -> None:
    assert relative_to(root, path) == expected


def test_glob_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="!"):
        compile_globs(("!",))
    with pytest.raises(ValueError, match="range"):
        compile_globs(("[z-a]",))


# Rules and levels


@pytest.mark.parametrize(
    ("table", "is_on"),
    [
        pytest.param("", True, id="all are on by default"),
        pytest.param("select = ['frozen-double']", True, id="selected by name"),
        pytest.param("select = ['ALL']", True, id="selected by ALL"),
        pytest.param("select = ['bypassed-ssot']", False, id="another one is selected"),
        pytest.param("ignore = ['frozen-double']", False, id="ignored by name"),
        pytest.param("ignore = ['ALL']", False, id="ignored by ALL"),
        pytest.param("select = ['frozen-double']\nignore = ['ALL']", True, id="a name says more than ALL"),
        pytest.param("select = ['ALL']\nignore = ['frozen-double']", False, id="all but one"),
        pytest.param(
            "select = ['frozen-double']\nignore = ['frozen-double']", False, id="ignore wins a draw"
        ),
        pytest.param("severity = { frozen-double = 'off' }", False, id="turned off"),
        pytest.param("per-file-ignores = { 'a.py' = ['frozen-double'] }", False, id="ignored in the file"),
        pytest.param("per-file-ignores = { 'a.py' = ['ALL'] }", False, id="all are ignored in the file"),
        pytest.param("per-file-ignores = { 'b.py' = ['ALL'] }", True, id="ignored in another file"),
    ],
)
def test_rule_is_on_or_off(table: str, *, is_on: bool) -> None:
    assert parsed(table).is_enabled("frozen-double", "/x/tests/a.py") is is_on


def test_severity_is_the_default_unless_it_is_set_or_off() -> None:
    config = parsed("ignore = ['bypassed-ssot']\nseverity = { frozen-double = 'hint' }")

    assert config.severity_of("unjustified-mock", Severity.WARNING) is Severity.WARNING
    assert config.severity_of("frozen-double", Severity.WARNING) is Severity.HINT
    assert config.severity_of("bypassed-ssot", Severity.WARNING) is None


def test_last_level_that_matches_decides() -> None:
    config = parsed("levels = { 'tests/' = 'L1', 'tests/e2e/' = 'L4', 'tests/e2e/smoke/**' = 'L0' }")

    assert config.level("/x/tests/a.py") == 1
    assert config.level("/x/tests/e2e/a.py") == 4
    assert config.level("/x/tests/e2e/smoke/a.py") == 0
    assert config.level("/x/src/a.py") is None


def test_rule_names_are_those_of_the_rules() -> None:
    assert len(set(RULE_NAMES)) == len(RULE_NAMES) == 26
    assert did_you_mean("Unjustified_Mock", RULE_NAMES) == "unjustified-mock"
    assert did_you_mean("zzz", RULE_NAMES) is None


# pytest's own settings


@pytest.mark.parametrize(
    ("files", "path", "python_files", "python_classes", "mode"),
    [
        pytest.param({}, None, ("test_*.py", "*_test.py"), ("Test",), "strict", id="nothing"),
        pytest.param(
            {
                "pyproject.toml": "[tool.pytest.ini_options]\npython_files = 'check_*.py \"b c.py\"'\nasyncio_mode='auto'"
            },
            "pyproject.toml",
            ("check_*.py", "b c.py"),
            ("Test",),
            "auto",
            id="pyproject.toml",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.pytest]\npython_classes = ['Check*', 'Test']\n"},
            "pyproject.toml",
            ("test_*.py", "*_test.py"),
            ("Check*", "Test"),
            "strict",
            id="pyproject.toml with pytest's own types",
        ),
        pytest.param(
            {
                "pytest.ini": "[pytest]\npython_files =\n  a_*.py\n  b_*.py\naddopts = -q --asyncio-mode=auto\n"
            },
            "pytest.ini",
            ("a_*.py", "b_*.py"),
            ("Test",),
            "auto",
            id="pytest.ini, and the mode as an option",
        ),
        pytest.param(
            {"pytest.ini": "", "tox.ini": "[pytest]\npython_files = x.py"},
            "pytest.ini",
            ("test_*.py", "*_test.py"),
            ("Test",),
            "strict",
            id="an empty pytest.ini counts",
        ),
        pytest.param(
            {
                "pytest.toml": "[pytest]\nasyncio_mode = 'auto'",
                "pytest.ini": "[pytest]\nasyncio_mode = strict",
            },
            "pytest.toml",
            ("test_*.py", "*_test.py"),
            ("Test",),
            "auto",
            id="pytest.toml comes first",
        ),
        pytest.param(
            {"tox.ini": "[tox]\nenvlist = x", "setup.cfg": "[tool:pytest]\npython_classes = Spec"},
            "setup.cfg",
            ("test_*.py", "*_test.py"),
            ("Spec",),
            "strict",
            id="setup.cfg, since tox.ini says nothing",
        ),
        pytest.param(
            {"tox.ini": "[pytest]\npython_files = %(x)s '", "setup.cfg": "no section"},
            "tox.ini",
            ("%(x)s", "'"),
            ("Test",),
            "strict",
            id="tox.ini with what looks like interpolation and an open quotation mark",
        ),
        pytest.param(
            {
                "pytest.ini": "[pytest]\npython_classes =\naddopts = -o asyncio_mode=auto\nasyncio_mode = strict"
            },
            "pytest.ini",
            ("test_*.py", "*_test.py"),
            (),
            "auto",
            id="no class at all, and what the command line is given goes before the file",
        ),
        pytest.param(
            {"pytest.ini": "python_files", "setup.cfg": "[tool:pytest]\npython_files = 'x.py'"},
            "setup.cfg",
            ("x.py",),
            ("Test",),
            "strict",
            id="a broken file is passed by",
        ),
    ],
)
def test_pytest_settings(  # noqa: PLR0917 - one column of the table each
    files: dict[str, str],
    path: str | None,
    python_files: tuple[str, ...],
    python_classes: tuple[str, ...],
    mode: str,
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, {"ssot-lsp.toml": "", **files})

    settings = config_of(str(tmp_path / "test_a.py")).pytest

    assert settings.path == (path and str(tmp_path / path))
    assert (settings.python_files, settings.python_classes) == (python_files, python_classes)
    assert settings.asyncio_mode == mode


def test_pytest_settings_above_the_root_count(tmp_path: Path) -> None:
    lay_out(tmp_path, {"pytest.ini": "[pytest]\nasyncio_mode = auto", "a/ssot-lsp.toml": ""})

    assert config_of(str(tmp_path / "a" / "test_a.py")).pytest.asyncio_mode == "auto"


def test_what_pytest_collects(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {
            "pytest.ini": "[pytest]\npython_files = test_*.py spec/*.py\npython_classes = Test *Spec",
            "ssot-lsp.toml": "",
        },
    )
    settings = config_of(str(tmp_path)).pytest

    assert settings.collects_file(str(tmp_path / "a" / "test_a.py"))
    assert settings.collects_file(str(tmp_path / "spec" / "a.py"))
    assert not settings.collects_file(str(tmp_path / "a_test.py"))
    assert settings.collects_class("TestA")
    assert settings.collects_class("PaymentSpec")
    assert not settings.collects_class("Helper")
    assert settings.collects_function("test_it")
    assert not settings.collects_function("check_it")


@pytest.mark.parametrize(
    ("patterns", "own", "path", "is_test"),
    [
        pytest.param("check_*.py", "", "check_a.py", True, id="what pytest collects"),
        pytest.param("check_*.py", "", "test_a.py", True, id="and what is one by default"),
        pytest.param("check_*.py", "test-files = ['test_*.py']", "check_a.py", False, id="ours goes first"),
        pytest.param("spec/*.py", "", "a/spec/b.py", True, id="a folder at any depth, as pytest has it"),
        pytest.param("*.py **", "", "a.py", False, id="the whole project says nothing"),
        pytest.param("!x.py !test_a.py", "", "test_a.py", True, id="nothing is taken back"),
    ],
)
def test_what_pytest_collects_are_test_files(
    patterns: str, own: str, path: str, is_test: bool, tmp_path: Path
) -> None:
    lay_out(tmp_path, {"pytest.ini": f"[pytest]\npython_files = {patterns}", "ssot-lsp.toml": own})

    assert config_of(str(tmp_path / path)).is_test_file(str(tmp_path / path)) is is_test


def test_files_that_hold_settings_are_known_by_name() -> None:
    assert is_configuration(os.path.join("/x", "setup.cfg"))
    assert is_configuration(os.path.join("/x", "ssot-lsp.toml"))
    assert not is_configuration(os.path.join("/x", "test_a.py"))
