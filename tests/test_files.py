"""The disk: what is read, what a walk yields, what is left out and why."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.files import Files, SourceText, UnreadableError, decode
from ssot_lsp.ignores import NEVER
from ssot_lsp.tree import Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@dataclass
class Policy:
    root: str
    exclude: tuple[str, ...] = ()

    def is_test_file(self, path: str) -> bool:
        return os.path.basename(path).startswith("test_")


def lay_out(root: Path, *names: str, **contents: str) -> None:
    """Write empty files; a keyword is a file's name with `__` for `/`, `_DOT_` for a dot in front."""
    for name in names:
        write(root / name)
    for name, text in contents.items():
        write(root / name.replace("DOT_", ".").replace("__", "/"), text)


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def tree_of(root: Path, exclude: tuple[str, ...] = ()) -> Tree:
    return Tree(Files(), str(root), lambda folder: Policy(str(root), exclude))


def walked(root: Path, exclude: tuple[str, ...] = (), tally: Tally | None = None) -> list[str]:
    tree = tree_of(root, exclude)
    found = [each.path for each in tree.walk(str(root), tally or Tally())]
    for path in found:
        assert tree_of(root, exclude).why_excluded(path) is None, path
    return sorted(os.path.relpath(path, root).replace(os.sep, "/") for path in found)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"x = 1\r\ny\r", SourceText("x = 1\r\ny\r"), id="line ends stay"),
        pytest.param(
            b"\xef\xbb\xbfx", SourceText("x", "utf-8", has_bom=True), id="a byte order mark is no text"
        ),
        pytest.param(
            b"# coding: latin-1\n\xe9", SourceText("# coding: latin-1\n\xe9", "iso-8859-1"), id="PEP 263"
        ),
        pytest.param("é\N{GRINNING FACE}".encode(), SourceText("é\N{GRINNING FACE}"), id="utf-8 by default"),
        pytest.param(b"", SourceText(""), id="empty"),
    ],
)
def test_decode(data: bytes, expected: SourceText) -> None:
    assert decode(data) == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"x\0y", "holds NUL bytes", id="NUL"),
        pytest.param(b"x = '\xe9'", "is not valid utf-8", id="latin-1 that does not say so"),
        pytest.param(b"# coding: klingon\n", "unknown encoding", id="an encoding that there is not"),
        pytest.param(b"# coding: ascii\n\xe9", "is not valid ascii at byte 16", id="not what it says"),
    ],
)
def test_what_cannot_be_decoded_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        decode(data)


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    files = Files()
    (tmp_path / "folder.py").mkdir()
    for path, reason in (("none.py", "No such file"), ("folder.py", "is a folder"), ("a\0b.py", "null")):
        with pytest.raises(UnreadableError, match=reason):
            files.read(str(tmp_path / path))
        assert files.is_file(str(tmp_path / path)) is False
    assert files.stamp(str(tmp_path / "none.py")) is None
    assert files.stamp("a\0b") is None


@needs_pipes
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "test_pipe.py")
    with pytest.raises(UnreadableError, match="not a regular file"):
        Files().read(str(tmp_path / "test_pipe.py"))
    tally = Tally()
    assert walked(tmp_path, tally=tally) == []
    assert tally.failed == [(str(tmp_path / "test_pipe.py"), "is not a regular file")]


def test_walk_yields_the_tests_with_their_stamps_and_counts_the_rest(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.py", "notes.txt", pkg__test_b_DOT_="")
    write(tmp_path / "pkg" / "test_b.py", "x = 1\n")
    tally = Tally()
    (found,) = tree_of(tmp_path).walk(str(tmp_path), tally)
    assert found.path == str(tmp_path / "pkg" / "test_b.py")
    assert found.stamp == Files().stamp(found.path)
    assert found.stamp.size == 6
    assert tally == Tally(python_files=2)


@pytest.mark.parametrize("pattern", NEVER)
def test_some_folders_are_never_looked_at(tmp_path: Path, pattern: str) -> None:
    name = pattern.rstrip("/").replace("*", "s-2024")
    lay_out(tmp_path, f"deep/{name}/more/test_a.py", f"x{name}/test_b.py")
    if "*" not in pattern:
        lay_out(tmp_path, f"{name}x/test_b.py")
    assert f"deep/{name}/more/test_a.py" not in walked(tmp_path)
    assert f"x{name}/test_b.py" in walked(tmp_path)
    why = tree_of(tmp_path).why_excluded(str(tmp_path / "deep" / name / "more" / "test_a.py"))
    assert why == f"`{name}` is a folder that is never looked at (`{pattern}`)"


def test_exclusion_is_by_whole_segments_of_folders_below_the_root(tmp_path: Path) -> None:
    root = tmp_path / "build" / "backups" / "project"
    lay_out(
        root, "backup_test_/test_a.py", "test_backup.py", "test_archived.py", "building/test_b.py", "dist.py"
    )
    assert walked(root) == ["building/test_b.py", "test_archived.py", "test_backup.py"]


def test_a_virtual_environment_is_known_by_its_file(tmp_path: Path) -> None:
    lay_out(tmp_path, "env/pyvenv.cfg", "env/lib/test_a.py", "venv/test_b.py")
    assert walked(tmp_path) == ["venv/test_b.py"]
    why = tree_of(tmp_path).why_excluded(str(tmp_path / "env" / "lib" / "test_a.py"))
    assert why == "`env` is a virtual environment, it holds `pyvenv.cfg`"


def test_the_setting_exclude_adds_and_takes_back(tmp_path: Path) -> None:
    lay_out(tmp_path, "backup_service/test_a.py", "vendor/test_b.py", "a/vendor/test_c.py", "a/gen/test_d.py")
    assert walked(tmp_path, ("/vendor/", "a/gen", "!backup_service/")) == [
        "a/vendor/test_c.py",
        "backup_service/test_a.py",
    ]
    why = tree_of(tmp_path, ("/vendor/",)).why_excluded(str(tmp_path / "vendor" / "test_b.py"))
    assert why == "`vendor` is left out by `/vendor/` in the setting `exclude`"


def test_gitignore_counts_at_each_level_and_the_nearest_has_the_last_word(tmp_path: Path) -> None:
    lay_out(
        tmp_path, "a/test_gen.py", "a/test_own.py", "b/test_gen.py", "b/deep/test_gen.py", "out/x/test_e.py"
    )
    write(tmp_path / ".gitignore", "\ufeff# generated\ntest_gen.py\r\nout/\n[z-a]\n")
    write(tmp_path / "b" / ".gitignore", "!test_gen.py\n/deep/\n")
    assert walked(tmp_path) == ["a/test_own.py", "b/test_gen.py"]
    tree = tree_of(tmp_path)
    assert tree.why_excluded(str(tmp_path / "a" / "test_gen.py")) == (
        f"`test_gen.py` is ignored by line 2 of `{tmp_path / '.gitignore'}`: `test_gen.py`"
    )
    assert tree.why_excluded(str(tmp_path / "b" / "deep" / "test_gen.py")) == (
        f"`deep` is ignored by line 2 of `{tmp_path / 'b' / '.gitignore'}`: `/deep/`"
    )
    assert tree.why_excluded(str(tmp_path / "out")) == (
        f"`out` is ignored by line 3 of `{tmp_path / '.gitignore'}`: `out/`"
    )


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        pytest.param("a/*\n!a/test_1.py", ["a/test_1.py", "test_0.py"], id="a file is taken back"),
        pytest.param(
            "a/**\n!a/test_1.py", ["a/test_1.py", "test_0.py"], id="all below is not the folder itself"
        ),
        pytest.param("a/\n!a/test_1.py", ["test_0.py"], id="nothing below an ignored folder is taken back"),
        pytest.param("*.py\n!test_0.py", ["test_0.py"], id="by ending"),
        pytest.param("/test_0.py", ["a/b/test_2.py", "a/test_1.py"], id="from the root on"),
        pytest.param("b", ["a/test_1.py", "test_0.py"], id="a name alone means folders too"),
        pytest.param("**/b/", ["a/test_1.py", "test_0.py"], id="two stars"),
        pytest.param("a/b/test_?.py", ["a/test_1.py", "test_0.py"], id="a path"),
        pytest.param("test_[12].py", ["test_0.py"], id="a set"),
        pytest.param("\\#x\n!*\n\\", ["a/b/test_2.py", "a/test_1.py", "test_0.py"], id="nonsense"),
    ],
)
def test_gitignore_means_what_git_says(tmp_path: Path, ignore: str, left: list[str]) -> None:
    lay_out(tmp_path, "test_0.py", "a/test_1.py", "a/b/test_2.py")
    write(tmp_path / ".gitignore", ignore)
    assert walked(tmp_path) == left


def test_gitignore_of_the_repository_around_counts_and_of_another_one_does_not(tmp_path: Path) -> None:
    lay_out(tmp_path, "repo/.git/config", "repo/pkg/test_a.py", "repo/pkg/inner/.git/config")
    lay_out(tmp_path, "repo/pkg/inner/test_a.py")
    write(tmp_path / ".gitignore", "*")
    write(tmp_path / "repo" / ".gitignore", "test_a.py")
    assert walked(tmp_path / "repo" / "pkg") == ["inner/test_a.py"]
    (tmp_path / "repo" / ".git" / "config").unlink()
    (tmp_path / "repo" / ".git").rmdir()
    assert walked(tmp_path / "repo" / "pkg") == ["inner/test_a.py", "test_a.py"]


def test_excluded_tests_are_counted_one_by_one(tmp_path: Path) -> None:
    lay_out(tmp_path, "test_a.py", "test_b.py", "gen.py", "out/test_c.py")
    write(tmp_path / ".gitignore", "test_b.py\ngen.py\nout/")
    tally = Tally()
    assert walked(tmp_path, tally=tally) == ["test_a.py"]
    assert tally == Tally(python_files=3, excluded={str(tmp_path / "test_b.py")})


def test_a_nested_configuration_brings_its_own_patterns(tmp_path: Path) -> None:
    lay_out(tmp_path, "x/test_a.py", "sub/x/test_b.py", "sub/y/test_c.py", "sub/pyproject.toml")
    policies = {
        str(tmp_path): Policy(str(tmp_path), ("x/",)),
        str(tmp_path / "sub"): Policy(str(tmp_path / "sub"), ("y/",)),
    }
    tree = Tree(Files(), str(tmp_path), policies.__getitem__)
    assert [each.path for each in tree.walk(str(tmp_path), Tally())] == [
        str(tmp_path / "sub" / "x" / "test_b.py")
    ]
    tree.forget()
    assert tree.why_excluded(str(tmp_path / "sub" / "y" / "test_c.py")) is not None
    assert tree.why_excluded(str(tmp_path / "sub" / "x" / "test_b.py")) is None


def test_walking_a_part_says_the_same_as_walking_all(tmp_path: Path) -> None:
    lay_out(tmp_path, "a/test_a.py", "a/out/test_b.py", "node_modules/x/test_c.py")
    write(tmp_path / ".gitignore", "out/")
    tree = tree_of(tmp_path)
    assert [each.path for each in tree.walk(str(tmp_path / "a"), Tally())] == [
        str(tmp_path / "a" / "test_a.py")
    ]
    assert list(tree.walk(str(tmp_path / "a" / "out"), Tally())) == []
    assert list(tree.walk(str(tmp_path / "node_modules" / "x"), Tally())) == []


def test_what_lies_elsewhere_is_not_excluded(tmp_path: Path) -> None:
    tree = tree_of(tmp_path)
    assert tree.why_excluded(os.path.join(os.path.dirname(tmp_path), "node_modules", "test_a.py")) is None
    assert tree.why_excluded("untitled:Untitled-1") is None
    assert tree.why_excluded(str(tmp_path)) is None


def test_what_is_remembered_can_be_forgotten(tmp_path: Path) -> None:
    lay_out(tmp_path, "test_a.py")
    tree = tree_of(tmp_path)
    assert tree.why_excluded(str(tmp_path / "test_a.py")) is None
    write(tmp_path / ".gitignore", "test_a.py")
    tree.forget()
    assert tree.why_excluded(str(tmp_path / "test_a.py")) is not None


@needs_links
def test_links_to_folders_do_not_loop_and_nothing_is_found_twice(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    lay_out(root, "pkg/test_a.py")
    lay_out(outside, "test_b.py")
    (root / "pkg" / "up").symlink_to(root)
    (root / "again").symlink_to(root / "pkg")
    (root / "itself").symlink_to(root / "itself")
    (root / "above").symlink_to(tmp_path)
    (root / "out1").symlink_to(outside)
    (root / "out2").symlink_to(outside)
    (outside / "back").symlink_to(outside)
    (outside / "root").symlink_to(root)
    tally = Tally()
    found = walked(root, tally=tally)
    assert [name for name in found if name.endswith("test_a.py")] == ["pkg/test_a.py"]
    assert len([name for name in found if name.endswith("test_b.py")]) == 1
    assert tally.failed == []


@needs_links
def test_a_link_to_nothing_is_named_if_it_looks_like_a_test(tmp_path: Path) -> None:
    (tmp_path / "test_gone.py").symlink_to(tmp_path / "nothing.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "test_loop.py").symlink_to(tmp_path / "test_loop.py")
    tally = Tally()
    assert walked(tmp_path, tally=tally) == []
    assert sorted(tally.failed) == [
        (str(tmp_path / "test_gone.py"), "No such file or directory"),
        (str(tmp_path / "test_loop.py"), "Too many levels of symbolic links"),
    ]


def test_a_folder_with_the_name_of_a_test_is_a_folder(tmp_path: Path) -> None:
    lay_out(tmp_path, "test_folder.py/test_a.py")
    tally = Tally()
    assert walked(tmp_path, tally=tally) == ["test_folder.py/test_a.py"]
    assert tally == Tally(python_files=1)


class Refusing(Files):
    """A disk on which some paths cannot be read, whoever asks."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        self._refuse(folder)
        return super().entries(folder)

    def bytes_of(self, path: str) -> bytes:
        self._refuse(path)
        return super().bytes_of(path)

    def _refuse(self, path: str) -> None:
        if path.endswith(self.refused):
            reason = "Permission denied"
            raise UnreadableError(reason)


@pytest.mark.parametrize("name", ["locked", ".gitignore"])
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path: Path, name: str) -> None:
    lay_out(tmp_path, "test_a.py", "locked/test_b.py")
    write(tmp_path / ".gitignore", "locked/" if name == ".gitignore" else "")
    tree = Tree(Refusing(name), str(tmp_path), Policy)
    tally = Tally()
    found = [os.path.basename(each.path) for each in tree.walk(str(tmp_path), tally)]
    assert found == ["test_a.py"] if name == "locked" else sorted(found) == ["test_a.py", "test_b.py"]
    assert tally.failed == [(str(tmp_path / name), "Permission denied")]


def test_a_very_deep_tree_is_walked(tmp_path: Path) -> None:
    folders = [str(tmp_path)]
    try:
        for _ in range(1500):
            folders.append(os.path.join(folders[-1], "d"))
            os.mkdir(folders[-1])
        write(Path(folders[-1], "test_a.py"))
        (found,) = tree_of(tmp_path).walk(str(tmp_path), Tally())
        assert tree_of(tmp_path).why_excluded(found.path) is None
    except OSError:
        pytest.skip("paths of that length do not exist here")
    finally:  # pytest's own cleaning recurses
        Path(folders[-1], "test_a.py").unlink(missing_ok=True)
        for folder in reversed(folders[1:]):
            os.rmdir(folder)


def test_a_walk_reads_no_file_but_those_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "test_a.py", "pkg/test_b.py", "node_modules/.gitignore", "pkg/.gitignore")
    read: list[str] = []
    real: Callable[[Files, str], bytes] = Files.bytes_of

    def recording(files: Files, path: str) -> bytes:
        read.append(path)
        return real(files, path)

    monkeypatch.setattr(Files, "bytes_of", recording)
    assert len(walked(tmp_path)) == 2
    assert set(read) == {str(tmp_path / "pkg" / ".gitignore")}
