"""The real test suites: source distributions of pinned versions, fetched by pip into a cache folder.

The cache is `$SSOT_LSP_BENCH_CACHE`, else `ssot-lsp-bench` in the user's cache folder; nothing is kept in the
repository. Only regular files are unpacked, and none outside of its folder.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = {
    "nova": "34.0.0",
    "celery": "5.7.0",
    "zigpy": "2.4.0",
    "fastmcp": "4.1.6",
    "letta": "0.16.8",
}
SUITES = ("nova", "celery", "fastmcp")
"""The three whose findings are judged: the largest, one of plain Mocks, one of AsyncMock and async tests."""

_FETCH_SECONDS = 900


class CorpusError(Exception):
    """A suite that cannot be had; the message says what pip said."""


def cache_folder() -> Path:
    """Where suites, peers, the generated workspace and results are kept between runs."""
    chosen = os.environ.get("SSOT_LSP_BENCH_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "ssot-lsp-bench"


def corpus(name: str, version: str = "") -> Path:
    """The unpacked folder of suite `name`, by default in its pinned version, fetched first if it is not there.

    Raises CorpusError.
    """
    version = version or VERSIONS[name]
    folder = cache_folder() / "sdists" / f"{name}-{version}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=_existing(folder.parent)) as scratch:
            archive = _download(name, version, Path(scratch))
            unpacked = Path(scratch) / "unpacked"
            unpack(archive, unpacked)
            _move_into_place(_only_folder(unpacked), folder)
    return folder


def is_fetched(name: str) -> bool:
    """Whether suite `name` is in the cache already."""
    return (cache_folder() / "sdists" / f"{name}-{VERSIONS[name]}").is_dir()


def python_files(folder: Path) -> list[Path]:
    """All Python files below `folder`, sorted."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def is_test_file(path: Path) -> bool:
    """Whether the name of `path` is that of a file of tests (conftest.py aside)."""
    return path.name.startswith("test_") or path.name.endswith("_test.py")


def sized_test_file(folder: Path, size: int, needle: bytes = b"mock") -> Path:
    """The test file below `folder` nearest to `size` bytes that holds `needle` at least once per 600 bytes."""
    candidates = [path for path in python_files(folder) if is_test_file(path)]
    candidates.sort(key=lambda path: (abs(path.stat().st_size - size), path.as_posix()))
    for path in candidates:
        data = path.read_bytes()
        if data.count(needle) * 600 >= len(data) and _parses(data):
            return path
    message = f"no file near {size:,} bytes holds {needle.decode()} often enough in {folder.name}"
    raise CorpusError(message)


def unpack(archive: Path, folder: Path) -> None:
    """Write the regular files of the tar `archive` below `folder`; links, devices and ways out are left."""
    with tarfile.open(archive) as tar:
        for member in tar:
            relative = PurePosixPath(member.name)
            if not member.isfile() or not _is_inside(relative):
                continue
            stream = tar.extractfile(member)
            if stream is None:
                continue
            target = folder.joinpath(*relative.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            with stream, target.open("wb") as output:
                shutil.copyfileobj(stream, output)
            # Old, as they are: what is younger than a file system's clock is coarse is remembered by no cache.
            os.utime(target, (member.mtime, member.mtime))


def definitions(data: bytes) -> Iterator[tuple[int, int]]:
    """First and last line, 0-based and inclusive, of every function in `data` that has a body of its own lines."""
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.body[0].lineno > node.lineno:
            yield node.lineno - 1, (node.end_lineno or node.lineno) - 1


def _is_inside(relative: PurePosixPath) -> bool:
    return (
        not relative.is_absolute()
        and ".." not in relative.parts
        and not any(":" in part or "\\" in part for part in relative.parts)
    )


def _download(name: str, version: str, folder: Path) -> Path:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--ignore-requires-python", "--no-binary", name, "--dest", str(folder)),
        f"{name}=={version}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS)
    archives = sorted(folder.glob("*.tar.gz"))
    if done.returncode or not archives:
        message = f"pip cannot fetch {name} {version}:\n{done.stderr.strip()}"
        raise CorpusError(message)
    return archives[0]


def _only_folder(folder: Path) -> Path:
    folders = [path for path in folder.iterdir() if path.is_dir()]
    if len(folders) != 1:
        message = f"the archive holds {len(folders)} folders at its top, not one"
        raise CorpusError(message)
    return folders[0]


def _move_into_place(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():  # else another run was faster, with the same files
            raise


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True
