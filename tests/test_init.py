"""`ssot-lsp init`: what it finds, what it writes, and above all what it leaves alone."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lsp import cli, initialise
from ssot_lsp.config import DEFAULT_TEST_FILES, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

FACTORY = "class SSotMockFactory:\n    pass\n"
BASES = "class SSotBaseTestCase:\n    pass\n\n\nclass SSotAsyncTestCase(SSotBaseTestCase):\n    pass\n"
SCAFFOLD = {
    "test_framework/__init__.py",
    "test_framework/ssot/__init__.py",
    "test_framework/ssot/mock_factory.py",
    "test_framework/ssot/base_test_case.py",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "root"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(["init", *arguments])
        except SystemExit as end:  # argparse's way
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def fill(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


class TestTable:
    @pytest.mark.parametrize(
        ("before", "added"),
        [
            pytest.param(b"", "[tool.ssot-lsp]\n", id="an empty file"),
            pytest.param(b"[project]\nname = 'x'\n", "\n[tool.ssot-lsp]\n", id="a file"),
            pytest.param(b"[project]\nname = 'x'", "\n\n[tool.ssot-lsp]\n", id="no line end at its end"),
            pytest.param(b"[project]\r\nname = 'x'\r\n", "\r\n[tool.ssot-lsp]\r\n", id="CR LF"),
            pytest.param(b"\xef\xbb\xbf[project]\n", "\n[tool.ssot-lsp]\n", id="a byte order mark"),
            pytest.param(b"\xef\xbb\xbf", "[tool.ssot-lsp]\n", id="nothing but a byte order mark"),
            pytest.param(b"# caf\xc3\xa9\n\n\n", "\n[tool.ssot-lsp]\n", id="comments and blank lines"),
            pytest.param(b"tool.ruff.select = []\n", "\n[tool.ssot-lsp]\n", id="dotted keys of a tool"),
            pytest.param(b"[[tool.x.y]]\na = 1\n", "\n[tool.ssot-lsp]\n", id="an array of tables"),
        ],
    )
    def test_it_comes_below_and_every_other_byte_stays(
        self, root: Path, run: Run, before: bytes, added: str
    ) -> None:
        fill(root, {"pyproject.toml": before})
        assert run()[:2] == (0, "extended pyproject.toml\n")
        assert (root / "pyproject.toml").read_bytes() == before + added.encode()

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("[tool.ssot-lsp]\n", id="a table"),
            pytest.param("[tool]\nssot-lsp.select = ['ALL']\n", id="a dotted key"),
            pytest.param("tool = { ssot-lsp = {} }\n", id="an inline table"),
            pytest.param("[tool.ssot-lsp.severity]\n", id="a table below it"),
            pytest.param("[tool.ssot-lsp]\nno-such-key = 1\n", id="a table with a problem"),
            pytest.param("[tool.ssot-lsp\n", id="a broken one"),
        ],
    )
    def test_one_that_is_there_is_left_alone(self, root: Path, run: Run, text: str) -> None:
        fill(root, {"pyproject.toml": text, "a.py": FACTORY})
        code, out, err = run()
        assert (code, out) == (0, "")
        assert "configures ssot-lsp already, left alone" in err
        assert contents(root) == {"pyproject.toml": text.encode(), "a.py": FACTORY.encode()}

    def test_the_one_of_a_folder_above_counts(
        self, root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(root, {"ssot-lsp.toml": "", "web/pyproject.toml": ""})
        monkeypatch.chdir(root / "web")
        assert run()[:2] == (0, "")
        assert (root / "web/pyproject.toml").read_bytes() == b""

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            pytest.param(b"[project\n", "is not valid TOML", id="broken"),
            pytest.param(b"# caf\xe9\n", "is not valid UTF-8 at byte 5", id="latin-1"),
            pytest.param(b"tool = {}\n", "cannot take a table at its end", id="an inline table"),
            pytest.param(b"tool = 1\n", "cannot take a table at its end", id="no table"),
        ],
    )
    def test_where_none_can_come_nothing_is_written(
        self, root: Path, run: Run, content: bytes, message: str
    ) -> None:
        fill(root, {"pyproject.toml": content})
        code, out, err = run("--scaffold")
        assert (code, out) == (2, "")
        assert message in err
        assert contents(root) == {"pyproject.toml": content}

    def test_without_pyproject_toml_it_has_a_file_of_its_own(self, root: Path, run: Run) -> None:
        fill(root, {"doubles.py": FACTORY})
        assert run()[:2] == (0, "wrote ssot-lsp.toml\n")
        assert (root / "ssot-lsp.toml").read_text() == 'factory = ["doubles.SSotMockFactory"]\n'

    def test_the_project_is_looked_for_upwards(
        self, root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(root, {"pyproject.toml": "", "tests/unit/test_a.py": ""})
        monkeypatch.chdir(root / "tests/unit")
        assert run()[:2] == (0, "extended pyproject.toml\n")
        assert (root / "pyproject.toml").stat().st_size > 0

    def test_but_not_beyond_the_repository(self, root: Path, run: Run) -> None:
        fill(root.parent, {"pyproject.toml": ""})
        assert run()[:2] == (0, "wrote ssot-lsp.toml\n")
        assert (root.parent / "pyproject.toml").read_bytes() == b""

    def test_a_second_time_there_is_nothing_to_do(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": ""})
        run("--scaffold")
        before = contents(root)
        assert run("--scaffold")[:2] == (0, "")
        assert contents(root) == before


class TestDetection:
    @pytest.mark.parametrize(
        ("files", "factory", "bases"),
        [
            pytest.param(
                {"tests/doubles.py": FACTORY},
                ("tests.doubles.SSotMockFactory",),
                (),
                id="a namespace package",
            ),
            pytest.param(
                {"src/shop/testing/__init__.py": FACTORY, "src/shop/__init__.py": ""},
                ("shop.testing.SSotMockFactory",),
                (),
                id="a src layout",
            ),
            pytest.param(
                {"tf/ssot/bases.py": BASES, "tf/ssot/__init__.py": "", "tf/__init__.py": ""},
                (),
                ("tf.ssot.bases.SSotBaseTestCase", "tf.ssot.bases.SSotAsyncTestCase"),
                id="bases",
            ),
            pytest.param(
                {"a.py": "class ShopMockFactory:\n    pass\n"}, ("a.ShopMockFactory",), (), id="another name"
            ),
            pytest.param(
                {"a.py": "class ShopMockFactory:\n    pass\n", "b.py": FACTORY},
                ("b.SSotMockFactory",),
                (),
                id="the usual name is preferred",
            ),
            pytest.param(
                {"a.py": f'"""\n{FACTORY}"""\n', "b.py": f"if x:\n    {FACTORY}"},
                (),
                (),
                id="not in a string",
            ),
            pytest.param(
                {"backup/a.py": FACTORY, "b.py": FACTORY}, ("b.SSotMockFactory",), (), id="no backups"
            ),
            pytest.param({"a.py": f"{FACTORY}x = (\n"}, ("a.SSotMockFactory",), (), id="a broken file"),
            pytest.param({"a-b/c.py": FACTORY}, (), (), id="a folder of no package's name"),
        ],
    )
    def test_factory_and_bases(
        self,
        root: Path,
        run: Run,
        files: dict[str, str | bytes],
        factory: tuple[str, ...],
        bases: tuple[str, ...],
    ) -> None:
        fill(root, {"pyproject.toml": "", **files})
        run()
        config = parse(str(root / "pyproject.toml"), (root / "pyproject.toml").read_text())
        assert config is not None
        assert config.problems == ()
        assert config.factory == (factory or ("SSotMockFactory",))
        assert config.base_classes == (bases or ("SSotBaseTestCase", "SSotAsyncTestCase"))

    def test_what_is_not_clear_is_left_to_the_user(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": "", "a.py": FACTORY, "b.py": FACTORY})
        _, _, err = run()
        assert "`factory` is for you to set, there are several: a.SSotMockFactory, b.SSotMockFactory" in err
        assert (root / "pyproject.toml").read_text() == (
            "[tool.ssot-lsp]\n"
            "# There are several, keep what holds:\n"
            '# factory = ["a.SSotMockFactory", "b.SSotMockFactory"]\n'
        )

    def test_without_a_factory_it_says_where_one_comes_from(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": ""})
        assert "`ssot-lsp init --scaffold` writes one" in run()[2]

    @pytest.mark.parametrize(
        ("patterns", "more"),
        [
            ('"check_*.py test_*.py"', ("check_*.py",)),
            ('["test_*.py"]', ()),
            ('"*.py"', ()),
            ("['spec_\"*.py']", ('spec_"*.py',)),
        ],
    )
    def test_what_pytest_collects_besides_is_test_files(
        self, root: Path, run: Run, patterns: str, more: tuple[str, ...]
    ) -> None:
        fill(root, {"pyproject.toml": f"[tool.pytest.ini_options]\npython_files = {patterns}\n"})
        run()
        config = parse(str(root / "pyproject.toml"), (root / "pyproject.toml").read_text())
        assert config is not None
        assert config.test_files == (*DEFAULT_TEST_FILES, *more)


class TestScaffold:
    def test_it_is_written_and_configured(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": ""})
        code, out, err = run("--scaffold")
        assert code == 0
        assert set(out.splitlines()) == {f"wrote {name}" for name in SCAFFOLD} | {"extended pyproject.toml"}
        assert "import it by `from test_framework.ssot.mock_factory import SSotMockFactory`" in err
        assert set(contents(root)) == {*SCAFFOLD, "pyproject.toml"}
        config = parse(str(root / "pyproject.toml"), (root / "pyproject.toml").read_text())
        assert config is not None
        assert config.factory == ("test_framework.ssot.mock_factory.SSotMockFactory",)
        assert config.base_classes == (
            "test_framework.ssot.base_test_case.SSotBaseTestCase",
            "test_framework.ssot.base_test_case.SSotAsyncTestCase",
        )

    def test_what_it_writes_has_no_findings(
        self, root: Path, run: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run("--scaffold")
        assert cli.main(["check", "--no-cache", "."]) == 0
        assert "no findings in 4 test files" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("arguments", "files", "statement"),
        [
            pytest.param(
                ["--factory", "tests/support/doubles.py"],
                {"tests/support/__init__.py", "tests/support/doubles.py", "tests/support/base_test_case.py"},
                "from tests.support.doubles import SSotMockFactory",
                id="the bases come beside it",
            ),
            pytest.param(
                ["--factory", "tests/mock_factory.py", "--bases", "tests/bases/shop.py"],
                {"tests/mock_factory.py", "tests/bases/__init__.py", "tests/bases/shop.py"},
                "from tests.mock_factory import SSotMockFactory",
                id="each in its folder",
            ),
            pytest.param(
                ["--factory", "mock_factory.py", "--bases", "bases.py"],
                {"mock_factory.py", "bases.py"},
                "from mock_factory import SSotMockFactory",
                id="at the root",
            ),
            pytest.param(
                ["--factory", "src/shop/testing/mock_factory.py"],
                {
                    *("src/shop/__init__.py", "src/shop/testing/__init__.py"),
                    *("src/shop/testing/mock_factory.py", "src/shop/testing/base_test_case.py"),
                },
                "from .mock_factory import SSotMockFactory",
                id="a src layout",
            ),
        ],
    )
    def test_paths_can_be_chosen(
        self, root: Path, run: Run, arguments: list[str], files: set[str], statement: str
    ) -> None:
        fill(
            root, {"tests/test_a.py": ""}
        )  # a folder that is there gets no __init__.py: its modules would move
        code, _, err = run("--scaffold", *arguments)
        assert code == 0, err
        written = contents(root)
        assert set(written) == {*files, "tests/test_a.py", "ssot-lsp.toml"}
        bases = next(text.decode() for text in written.values() if b"class SSotBaseTestCase" in text)
        assert statement in bases.splitlines()
        config = parse(str(root / "ssot-lsp.toml"), written["ssot-lsp.toml"].decode())
        assert config is not None
        where = os.pathsep.join((str(root), str(root / "src")))
        for name in (*config.factory, *config.base_classes):
            module, _, attribute = name.rpartition(".")
            code = subprocess.run(
                [sys.executable, "-c", f"from {module} import {attribute}"],
                env={**os.environ, "PYTHONPATH": where, "PYTHONDONTWRITEBYTECODE": "1"},
                timeout=60,
                check=False,
            ).returncode
            assert code == 0

    @pytest.mark.parametrize("name", ["mock_factory.py", "base_test_case.py"])
    def test_a_file_that_is_there_is_left_alone(self, root: Path, run: Run, name: str) -> None:
        mine = f"# mine\n{FACTORY}{BASES}"
        fill(root, {f"test_framework/ssot/{name}": mine})
        code, out, err = run("--scaffold")
        assert code == 0
        assert f"test_framework/ssot/{name} is there already, left alone" in err
        assert name not in out
        assert (root / "test_framework/ssot" / name).read_text() == mine

    def test_a_factory_elsewhere_is_the_one(self, root: Path, run: Run) -> None:
        fill(root, {"tests/doubles.py": FACTORY})
        code, _, err = run("--scaffold")
        assert code == 0
        assert (
            "test_framework/ssot/mock_factory.py is not written: tests.doubles.SSotMockFactory is there already"
        ) in err
        assert not (root / "test_framework/ssot/mock_factory.py").exists()
        text = (root / "test_framework/ssot/base_test_case.py").read_text()
        assert "\nfrom tests.doubles import SSotMockFactory\n" in text

    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"a.py": FACTORY, "b.py": FACTORY}, "defined in a.SSotMockFactory, b.SSotMockFactory"),
            ({"test_framework/ssot/mock_factory.py": "x = 1\n"}, "defined nowhere"),
        ],
    )
    def test_bases_need_one_factory(
        self, root: Path, run: Run, files: dict[str, str | bytes], message: str
    ) -> None:
        fill(root, files)
        before = contents(root)
        code, out, err = run("--scaffold")
        assert (code, out) == (2, "")
        assert message in err
        assert contents(root) == before

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("../mock_factory.py", "is outside of"),
            ("a/../../b.py", "is outside of"),
            ("/etc/mock_factory.py", "is outside of"),
            (".", "is outside of"),
            ("tests", "is no module"),
            ("tests/factory.txt", "is no module"),
            ("test-framework/factory.py", "is no module"),
            (".git/hooks/pre_commit.py", "is no module"),
            ("tests/class/factory.py", "is no module"),
            ("tests/__init__.py", "is no module"),
            ("file.py/factory.py", "is no module"),
            ("file/factory.py", "is no folder"),
            ("tests/\0.py", "is no module"),
            ("test_framework/base_test_case.py", "are the same file"),
        ],
    )
    def test_where_nothing_may_go_nothing_goes(self, root: Path, run: Run, path: str, message: str) -> None:
        fill(root, {"file": "", "file.py": ""})
        before = contents(root.parent)
        bases = "test_framework/base_test_case.py"
        for arguments in (["--factory", path, "--bases", bases], ["--bases", path, "--factory", bases]):
            code, out, err = run("--scaffold", *arguments)
            assert (code, out) == (2, "")
            assert message in err
        assert contents(root.parent) == before
        assert not (root / "test_framework").exists()

    @pytest.mark.parametrize("option", ["--factory", "--bases"])
    def test_paths_need_the_scaffold(self, run: Run, option: str) -> None:
        assert run(option, "a.py")[0] == 2

    @pytest.mark.parametrize(
        ("files", "is_told"),
        [
            ({}, True),
            ({"conftest.py": ""}, False),
            ({"pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"}, False),
        ],
    )
    def test_how_pytest_finds_it(
        self, root: Path, run: Run, files: dict[str, str | bytes], is_told: bool
    ) -> None:
        fill(root, files)
        assert ("python -m pytest" in run("--scaffold", "--dry-run")[2]) is is_told

    @pytest.mark.parametrize(
        ("more", "is_told"),
        [
            ("", True),
            ("[tool.setuptools]\npackages = ['shop']\n", False),
            ("[project]\nname = 'x'\n", True),
            ("[tool.setuptools.packages.find]\ninclude = ['shop', 'shop.*']\n", False),
            ("[tool.setuptools.packages.find]\ninclude = ['shop', 'test*']\n", True),
            ("[tool.setuptools.packages.find]\nexclude = ['docs']\n", True),
            ("[tool.setuptools.packages.find]\nexclude = ['docs', 'test_*']\n", False),
            ("[tool.setuptools.packages.find]\nwhere = ['lib']\n", False),
            ("[tool.setuptools.packages.find]\nwhere = ['.']\n", True),
            ("[tool.setuptools.packages.find]\ninclude = 3\n", True),
            ("[tool]\nsetuptools = 1\n", True),
        ],
    )
    def test_what_setuptools_makes_of_it(self, root: Path, run: Run, more: str, is_told: bool) -> None:
        fill(root, {"pyproject.toml": f"[build-system]\nbuild-backend = 'setuptools.build_meta'\n{more}"})
        assert ("name yours in [tool.setuptools]" in run("--scaffold", "--dry-run")[2]) is is_told


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
class TestLinks:
    def test_no_file_goes_through_a_link_out_of_the_root(self, root: Path, run: Run) -> None:
        outside = root.parent / "outside"
        outside.mkdir()
        (root / "test_framework").symlink_to(outside)
        code, out, err = run("--scaffold")
        assert (code, out) == (2, "")
        assert "is a link that leads out of" in err
        assert contents(root.parent) == {}

    @pytest.mark.parametrize("name", ["test_framework/ssot/mock_factory.py", "pyproject.toml"])
    @pytest.mark.parametrize("target", ["there.py", "not_there.py"])
    def test_nor_does_a_file_that_is_such_a_link(self, root: Path, run: Run, name: str, target: str) -> None:
        fill(root.parent, {"there.py": ""})
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(root.parent / target)
        code, out, err = run("--scaffold")
        assert (code, out) == (2, "")
        assert "is a link that leads out of" in err
        assert (root.parent / target).exists() is (target == "there.py")
        assert (root.parent / "there.py").read_bytes() == b""
        assert not (root / "test_framework/__init__.py").exists()
        assert (root / name).is_symlink()

    def test_a_link_inside_the_root_is_followed_and_stays(self, root: Path, run: Run) -> None:
        fill(root, {"settings/project.toml": "", "shared/a.txt": ""})
        (root / "pyproject.toml").symlink_to("settings/project.toml")
        (root / "test_framework").symlink_to("shared")
        assert run("--scaffold")[0] == 0
        assert (root / "pyproject.toml").is_symlink()
        assert b"[tool.ssot-lsp]" in (root / "settings/project.toml").read_bytes()
        assert (root / "shared/ssot/mock_factory.py").is_file()

    def test_a_dangling_link_is_a_file_that_is_there(self, root: Path, run: Run) -> None:
        fill(root, {"a.py": FACTORY})
        (root / "mock_factory.py").symlink_to("nowhere.py")
        code, _, err = run("--scaffold", "--factory", "mock_factory.py")
        assert code == 0
        assert "mock_factory.py is there already, left alone" in err
        assert not (root / "nowhere.py").exists()

    def test_the_root_itself_may_be_reached_by_a_link(
        self, root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = root.parent / "link"
        link.symlink_to(root)
        monkeypatch.chdir(link)
        assert run("--scaffold")[0] == 0
        assert set(contents(root)) == {*SCAFFOLD, "ssot-lsp.toml"}


class TestDryRun:
    def test_nothing_is_written(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": ""})
        assert run("--scaffold", "--dry-run")[0] == 0
        assert contents(root) == {"pyproject.toml": b""}
        assert not (root / "test_framework").exists()

    @pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
    @pytest.mark.parametrize("before", [b"[project]\n", b"[project]", b"[a]\r\nb = 1\r\n"])
    def test_the_diff_is_what_would_be_done(self, root: Path, run: Run, before: bytes) -> None:
        fill(root, {"pyproject.toml": before})
        _, diff, _ = run("--scaffold", "--dry-run")
        run("--scaffold")
        other = root.parent / "other"
        fill(other, {"pyproject.toml": before})
        subprocess.run(
            [shutil.which("git") or "git", "apply", "-"],
            input=diff.encode(),
            cwd=other,
            check=True,
            timeout=60,
        )
        assert contents(other) == contents(root)


class TestWriting:
    def test_the_mode_of_a_file_stays(self, root: Path, run: Run) -> None:
        fill(root, {"pyproject.toml": ""})
        (root / "pyproject.toml").chmod(0o640)
        run()
        if sys.platform != "win32":
            assert stat.S_IMODE((root / "pyproject.toml").stat().st_mode) == 0o640

    def test_a_write_that_fails_leaves_the_file_as_it_is(
        self, root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        fill(root, {"pyproject.toml": "[project]\n"})
        monkeypatch.setattr(os, "fsync", fail)
        code, out, err = run()
        assert (code, out) == (2, "")
        assert "pyproject.toml cannot be written: No space left on device" in err
        assert contents(root) == {"pyproject.toml": b"[project]\n"}

    def test_what_was_written_before_it_is_said(
        self, root: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(30, "Read-only file system")

        fill(root, {"pyproject.toml": ""})
        monkeypatch.setattr(os, "replace", fail)
        code, _, err = run("--scaffold")
        assert code == 2
        assert "wrote test_framework/ssot/mock_factory.py; " in err
        assert "pyproject.toml cannot be written: Read-only file system" in err
        assert contents(root).keys() == {*SCAFFOLD, "pyproject.toml"}

    def test_a_file_that_came_meanwhile_is_not_overwritten(self, root: Path) -> None:
        planned = initialise.plan(str(root), with_scaffold=True)
        fill(root, {"test_framework/ssot/mock_factory.py": "mine"})
        with pytest.raises(initialise.InitError, match=r"mock_factory\.py cannot be written"):
            planned.carry_out()
        assert (root / "test_framework/ssot/mock_factory.py").read_text() == "mine"

    def test_nor_where_the_file_system_has_no_links(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", fail)
        planned = initialise.plan(str(root), with_scaffold=True)
        planned.carry_out()
        assert set(contents(root)) == {*SCAFFOLD, "ssot-lsp.toml"}
        with pytest.raises(initialise.InitError, match="is there already"):
            planned.carry_out()

    def test_a_change_made_meanwhile_is_not_lost(self, root: Path) -> None:
        fill(root, {"pyproject.toml": ""})
        planned = initialise.plan(str(root))
        fill(root, {"pyproject.toml": "[project]\n"})
        with pytest.raises(initialise.InitError, match="changed meanwhile"):
            planned.carry_out()
        assert contents(root) == {"pyproject.toml": b"[project]\n"}

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
    def test_a_link_that_came_meanwhile_is_not_followed(self, root: Path) -> None:
        planned = initialise.plan(str(root), with_scaffold=True)
        outside = root.parent / "outside"
        outside.mkdir()
        (root / "test_framework").symlink_to(outside)
        with pytest.raises(initialise.InitError, match="leads out of"):
            planned.carry_out()
        assert list(outside.rglob("*")) == []
