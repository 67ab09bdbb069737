"""What was found in a workspace and why, line by line: what to look at, and to send, when the findings surprise."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ssot_lsp import __version__
from ssot_lsp.analysis import Workspace
from ssot_lsp.baseline import BaselineError, Baselines, path_of
from ssot_lsp.cache import FOLDER_VARIABLE, cache_folder
from ssot_lsp.config import Configs
from ssot_lsp.files import Files, UnreadableError
from ssot_lsp.index.environment import environment_of
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.scan import Options, check
from ssot_lsp.scan.selection import place_of
from ssot_lsp.text import Lines
from ssot_lsp.tree import EveryFile, Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.config import ProjectConfig

_PARTS = ("tree-sitter", "tree-sitter-python", "pathspec", "libcst", "jedi", "pygls", "lsprotocol", "rich")


def examine(folder: str, name: str | None = None, files: Files | None = None) -> Iterator[str]:
    """Lines of text about the absolute `folder` and, if it is given, the file `name` as seen from there."""
    disk = files or Files()
    path = None if name is None else os.path.abspath(os.path.join(folder, name))
    start = folder if path is None else path if disk.is_folder(path) else os.path.dirname(path)
    configs = Configs(disk, [folder])
    config = configs.of_folder(start)
    yield from _program()
    yield from _cache()
    yield from _configuration(disk, config, start)
    yield from _pytest(config)
    yield _baseline(disk, config)
    yield _environment(disk, folder)
    yield from _names(disk, configs, config)
    yield from _factories(disk, folder, start)
    if path is not None and name is not None:
        yield from _file(disk, configs, config, name, path)


def _program() -> Iterator[str]:
    yield f"ssot-lsp {__version__} in {os.path.dirname(__file__)}"
    yield f"Python {sys.version.split()[0]} at {sys.executable}, on {sys.platform}"
    yield f"with {', '.join(f'{part} {_version(part)}' for part in _PARTS)}"


def _version(part: str) -> str:
    try:
        return version(part)
    except PackageNotFoundError:
        return "(not installed)"


def _cache() -> Iterator[str]:
    folder = cache_folder()
    if folder is None:
        yield f"earlier results: not kept, there is no home folder ({FOLDER_VARIABLE} can name another one)"
        return
    why = (
        f"{FOLDER_VARIABLE} says so" if os.environ.get(FOLDER_VARIABLE) else "the platform's folder for such"
    )
    nearest = folder
    while not os.path.exists(nearest):
        nearest = os.path.dirname(nearest)
    can_be_written = os.path.isdir(nearest) and os.access(nearest, os.W_OK)
    state = "" if can_be_written else "; NOT kept, that cannot be written"
    yield f"earlier results: in {folder} ({why}){state}"


def _configuration(files: Files, config: ProjectConfig, start: str) -> Iterator[str]:
    if config.path is None:
        yield (
            f"configuration: none, defaults hold: no ssot-lsp.toml and no pyproject.toml with [tool.ssot-lsp]"
            f" at or above {start}"
        )
        yield f"root: {config.root} (the workspace folder)"
    else:
        yield f"configuration: {config.path}, the nearest one at or above {start}"
        yield f"root: {config.root} (the folder of the configuration)"
    for problem in config.problems:
        yield f"  {place_of(files, problem)}: {problem.severity.label}: {problem.message}"


def _pytest(config: ProjectConfig) -> Iterator[str]:
    settings = config.pytest
    origin = "its defaults, no settings were found" if settings.path is None else settings.path
    classes, functions = ", ".join(settings.python_classes), ", ".join(settings.python_functions)
    yield f"pytest: {origin}; it collects {', '.join(settings.python_files)}"
    yield f"  classes {classes or '(none)'}, functions {functions or '(none)'}, asyncio_mode {settings.asyncio_mode}"
    if settings.pythonpath:
        yield f"  and looks for modules in {', '.join(settings.pythonpath)}"


def _baseline(files: Files, config: ProjectConfig) -> str:
    """Which baseline is in use, what is in it, and how much of that is no more; the files that it names are checked."""
    path = path_of(config)
    try:
        known = Baselines(files).of(config)
    except BaselineError as error:
        return f"baseline: NOT usable: {error}"
    if known is None:
        return f"baseline: none, there is no {path}"
    counts = {known.absolute(name): sum(each.values()) for name, each in known.entries.items()}
    there = [each for each in counts if files.is_file(each)]
    stale = known.size - sum(counts[each] for each in there)
    if there:
        report = check(there, Options(jobs=os.cpu_count() or 1), config.root, files)
        stale += sum(report.gone.values())
    held = f"{_counted(known.size, 'finding')} in {_counted(len(counts), 'file')}"
    gone = f"; {stale} gone or moved, `ssot-lsp baseline --update` puts that right" if stale else ""
    return f"baseline: {path}: {held}{gone}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _environment(files: Files, folder: str) -> str:
    """Where the packages are read from that tests derive from."""
    found = environment_of(files, (folder,))
    if not found.folders:
        return f"packages: none, {found.why}; base classes from packages are not known"
    return f"packages: {', '.join(found.folders)} ({found.why}); read, never imported"


def _names(files: Files, configs: Configs, config: ProjectConfig) -> Iterator[str]:
    """Where the factory and the base classes stand: every definition of such a name below the root."""
    tally = Tally()
    tree = Tree(files, config.root, lambda folder: EveryFile.of(configs.of_folder(folder)))
    read = sorted(_read(files, found.path, tally) for found in tree.walk(config.root, tally))
    contents = [(path, data) for path, data in read if data is not None]
    for kind, names in (("factory", config.factory), ("base class", config.base_classes)):
        for name in names:
            places = list(_definitions(contents, name.rpartition(".")[2]))
            found_at = (
                ", ".join(places) or f"defined in none of the {len(contents)} Python files below the root"
            )
            yield f"{kind} {name}: {found_at}"
    for path, reason in sorted(tally.failed):
        yield f"could not be read: {path}: {reason}"


def _factories(files: Files, folder: str, start: str) -> Iterator[str]:
    """What of the factories cannot be known from their text."""
    for factory in Workspace(files, [folder]).snapshot().factories(os.path.join(start, "conftest.py")):
        counted = f"{len(factory.methods)} methods" if len(factory.methods) != 1 else "1 method"
        yield f"factory {factory.name} in {factory.path}: {counted}"
        yield from (f"  {note}" for note in factory.notes)
        if factory.has_unknown_methods:
            yield "  it may have more methods than are written down, so none is called unknown"


def _read(files: Files, path: str, tally: Tally) -> tuple[str, bytes | None]:
    try:
        return path, files.bytes_of(path)
    except UnreadableError as error:
        tally.failed.append((path, str(error)))
        return path, None


def _definitions(contents: Sequence[tuple[str, bytes]], name: str) -> Iterator[str]:
    """The places of lines that begin the class `name`."""
    wanted = f"class {name}".encode()
    for path, data in contents:
        at = data.find(wanted)
        while at >= 0:
            line_start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
            follows = data[at + len(wanted) : at + len(wanted) + 1]
            if not data[line_start:at].strip() and follows in {b"(", b":", b"[", b" "}:
                line = data.count(b"\n", 0, at) + 1
                yield f"{path}:{line}"
            at = data.find(wanted, at + 1)


def _file(files: Files, configs: Configs, config: ProjectConfig, name: str, path: str) -> Iterator[str]:
    """What holds for one file or folder."""
    why = Tree(files, config.root, configs.of_folder).why_excluded(path)
    yield f"{name}: {path}"
    yield f"  {'is not excluded' if why is None else f'is excluded: {why}'}"
    if files.is_folder(path):
        yield "  is a folder"
        return
    globs = ", ".join(config.test_files)
    if config.is_test_file(path):
        yield f"  is a test file: one of {globs}"
    else:
        yield f"  is no test file, so the rules about mocks are silent: none of {globs}"
    level = config.level(path)
    if level is not None:
        forbidden = "mocks are forbidden" if level >= config.forbid_mocks_from else "mocks may be justified"
        yield f"  asks for realism level L{level}: {forbidden}"
    try:
        source = files.read(path)
    except UnreadableError as error:
        yield f"  could not be read: {error}"
        return
    mark = " with a byte order mark" if source.has_bom else ""
    yield f"  {source.encoding}{mark}, {len(Lines(source.text))} lines, {len(source.text)} code points"
    modules = ModuleMap(files, [config.root], lambda _: config.pytest.pythonpath)
    yield f"  is the module {modules.name_of(path)}; modules are looked for in {', '.join(modules.sources(path))}"
