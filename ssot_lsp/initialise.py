"""What `ssot-lsp init` writes into a project: its `[tool.ssot-lsp]`, and a factory and base classes to start from.

First all is planned and checked, then it is written, each file whole or not at all. Nothing is ever overwritten:
a file that is there is left alone, and of pyproject.toml every byte stays, the table comes below. Nothing is
written outside of the root, nor through a link that leads out of it.
"""

from __future__ import annotations

import contextlib
import json
import keyword
import os
import re
from dataclasses import dataclass, field
from difflib import unified_diff
from fnmatch import fnmatchcase
from importlib import resources
from typing import TYPE_CHECKING, Any

from ssot_lsp.config import DEFAULT_TEST_FILES, OWN_NAME, PROJECT_NAME, Configs
from ssot_lsp.facts import Facts
from ssot_lsp.files import Files, UnreadableError, reason_of
from ssot_lsp.index.modules import ModuleMap
from ssot_lsp.source import Source
from ssot_lsp.toml import TomlError, read
from ssot_lsp.tree import EveryFile, Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.config import ProjectConfig

FACTORY_PATH = "test_framework/ssot/mock_factory.py"

_BASES_NAME = "base_test_case.py"
_FACTORY = "SSotMockFactory"
_BASES = ("SSotBaseTestCase", "SSotAsyncTestCase")
_OTHER_FACTORY = re.compile(r"\w*MockFactory")
_CLASS = re.compile(rb"^class[ \t]+(?:\w*MockFactory|SSot(?:Base|Async)TestCase)\b", re.MULTILINE)
_FACTORY_IMPORT = f"from .mock_factory import {_FACTORY}"
_INNER_PACKAGE = '"""The factory of all doubles, and the base classes of all tests."""\n'
_OUTER_PACKAGE = '"""What the tests of this project share."""\n'


class InitError(Exception):
    """Nothing, or not all, could be written; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file that is to be written: `before` is None where there must be none, all in bytes."""

    path: str
    before: bytes | None
    after: bytes


@dataclass(slots=True)
class Plan:
    """What is to be done below `root`, and what there is to say about it."""

    root: str
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def diff(self) -> Iterator[str]:
        """The changes as `git apply` takes them, in lines with their ends."""
        for change in self.changes:
            yield from _diff(self._shown(change.path), change)

    def carry_out(self) -> list[str]:
        """Write all files and say what was done; raises InitError where one cannot be written."""
        done: list[str] = []
        for change in self.changes:
            shown = self._shown(change.path)
            try:
                _refuse_links_out(self.root, change.path)  # once more: there may be a link now
                os.makedirs(os.path.dirname(change.path), exist_ok=True)
                _refuse_links_out(self.root, change.path)
                Files().write(change.path, change.before, change.after)
            except (OSError, UnreadableError) as error:
                message = "; ".join((*done, f"{shown} cannot be written: {reason_of(error)}"))
                raise InitError(message) from error
            done.append(f"{'wrote' if change.before is None else 'extended'} {shown}")
        return done

    def _shown(self, path: str) -> str:
        return os.path.relpath(path, self.root).replace(os.sep, "/")


def plan(
    folder: str,
    *,
    with_scaffold: bool = False,
    factory_path: str = FACTORY_PATH,
    bases_path: str | None = None,
    files: Files | None = None,
) -> Plan:
    """Look at the project around the absolute `folder` and plan what `init` does there; raises InitError.

    `factory_path` and `bases_path` (by default beside it) say where the scaffold goes, from the project's root.
    """
    disk = files or Files()
    config = Configs(disk, [folder]).of_folder(folder)
    root = config.root if config.path is not None else _root(disk, folder)
    asked = Plan(root)
    places = _definitions(disk, root)
    if with_scaffold:
        beside = os.path.join(os.path.dirname(factory_path), _BASES_NAME)
        _plan_scaffold(asked, places, factory_path, bases_path or beside)
        asked.remarks.extend(_surprises(asked, disk, config))
    _plan_table(asked, disk, config, places)
    return asked


def _root(files: Files, folder: str) -> str:
    """The nearest folder at or above `folder` with a pyproject.toml, within one repository; else the repository's."""
    above, each = "", folder
    while each != above:
        if files.is_file(os.path.join(each, PROJECT_NAME)) or os.path.lexists(os.path.join(each, ".git")):
            return each
        each, above = os.path.dirname(each), each
    return folder


# What there is already


def _definitions(files: Files, root: str) -> dict[str, list[str]]:
    """The dotted names of the factories and bases that the project defines, by class name."""
    modules = ModuleMap(files, [root])
    found: dict[str, list[str]] = {}
    for path in sorted(each.path for each in Tree(files, root, EveryFile).walk(root, Tally())):
        try:
            if not _CLASS.search(files.bytes_of(path)):
                continue
            facts = Facts(Source.parse(files.read(path).text))
        except UnreadableError:
            continue
        for name in sorted({each.name for each in facts.classes}):
            if name in _BASES or _OTHER_FACTORY.fullmatch(name):
                found.setdefault(name, []).append(_dotted(modules, root, path, name))
    return found


def _dotted(modules: ModuleMap, root: str, path: str, name: str) -> str:
    """How the class `name` of the file at `path` is imported from the root; without a module where it is not."""
    for module in (_module(root, path), modules.name_of(path)):
        if modules.path_of(module, os.path.join(root, PROJECT_NAME)) == path:
            return f"{module}.{name}"
    return name


def _module(root: str, path: str) -> str:
    parts = os.path.splitext(os.path.relpath(path, root))[0].split(os.sep)
    is_source_root = parts[0] == "src" and not os.path.exists(os.path.join(root, "src", "__init__.py"))
    kept = parts[1:] if is_source_root and len(parts) > 1 else parts
    return ".".join(kept[:-1] if kept[-1] == "__init__" and len(kept) > 1 else kept)


# The scaffold


def _plan_scaffold(asked: Plan, places: dict[str, list[str]], factory_path: str, bases_path: str) -> None:
    factory = _target(asked.root, factory_path, "--factory")
    bases = _target(asked.root, bases_path, "--bases")
    if os.path.normcase(factory) == os.path.normcase(bases):
        message = f"--factory and --bases are the same file, {factory_path}"
        raise InitError(message)
    added: dict[str, list[str]] = {}
    if _is_free(asked, factory, [_FACTORY], places):
        asked.changes.append(Change(factory, None, _template("mock_factory.py")))
        added[_FACTORY] = [f"{_module(asked.root, factory)}.{_FACTORY}"]
    if _is_free(asked, bases, _BASES, places):
        (dotted, *others) = added.get(_FACTORY) or places.get(_FACTORY) or [""]
        module = dotted.rpartition(".")[0]
        if others or not module:
            where = f"it is defined in {', '.join((dotted, *others))}" if dotted else "it is defined nowhere"
            message = f"the base classes need to import one {_FACTORY}, and {where}"
            raise InitError(message)
        text = _template(_BASES_NAME)
        if module != f"{_module(asked.root, bases).rpartition('.')[0]}.mock_factory":
            replaced = f"from {module} import {_FACTORY}".encode()
            text = text.replace(_FACTORY_IMPORT.encode(), replaced)
        asked.changes.append(Change(bases, None, text))
        added.update({name: [f"{_module(asked.root, bases)}.{name}"] for name in _BASES})
    asked.changes[:0] = _packages(asked)
    if added:
        dotted = next(iter(added.values()))[0]
        module, _, name = dotted.rpartition(".")
        asked.remarks.append(f"import it by `from {module} import {name}`; it is yours from now on")
    places.update(added)


def _target(root: str, given: str, option: str) -> str:
    """The absolute path that `given` means, if a module may be written there; raises InitError."""
    path = os.path.normpath(os.path.join(root, given))
    below = os.path.relpath(path, root).split(os.sep) if _is_below(path, root) else []
    if not below:
        message = f"{option} {given} is outside of {root}"
        raise InitError(message)
    *packages, base = below
    stem, ending = os.path.splitext(base)
    names = (*packages, stem)
    if ending != ".py" or stem == "__init__" or not all(map(_is_name, names)):
        message = f"{option} {given} is no module that can be imported: it takes names like {FACTORY_PATH}"
        raise InitError(message)
    _refuse_links_out(root, path)
    return path


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _refuse_links_out(root: str, path: str) -> None:
    """Raise InitError where the way from `root` to `path` leaves it, or goes through what is no folder."""
    real_root = os.path.realpath(root)
    each = root
    parts = os.path.relpath(path, root).split(os.sep)
    for number, part in enumerate(parts, 1):
        each = os.path.join(each, part)
        if not os.path.lexists(each):
            return
        if not _is_below(os.path.realpath(each), real_root):
            message = f"{each} is a link that leads out of {root}"
            raise InitError(message)
        if number < len(parts) and not os.path.isdir(each):
            message = f"{each} is no folder"
            raise InitError(message)


def _is_free(asked: Plan, path: str, names: Sequence[str], places: Mapping[str, Sequence[str]]) -> bool:
    """Whether the file may be written: it is not there, and what it defines is defined nowhere else."""
    shown = os.path.relpath(path, asked.root).replace(os.sep, "/")
    if os.path.lexists(path):
        asked.remarks.append(f"{shown} is there already, left alone")
        return False
    elsewhere = [place for name in names for place in places.get(name, ())]
    if elsewhere:
        asked.remarks.append(f"{shown} is not written: {', '.join(elsewhere)} is there already")
    return not elsewhere


def _template(name: str) -> bytes:
    text = resources.files("ssot_lsp.scaffold").joinpath(name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").encode()


def _packages(asked: Plan) -> list[Change]:
    """An `__init__.py` for each folder that comes into being.

    None for one that is there: it would move the modules in it to other names.
    """
    leaves = {os.path.dirname(change.path) for change in asked.changes}
    folders = set()
    for each in leaves:
        folder = each
        while _is_below(folder, asked.root) and not os.path.lexists(folder):
            folders.add(folder)
            folder = os.path.dirname(folder)
    folders.discard(os.path.join(asked.root, "src"))
    return [
        Change(
            os.path.join(folder, "__init__.py"),
            None,
            (_INNER_PACKAGE if folder in leaves else _OUTER_PACKAGE).encode(),
        )
        for folder in sorted(folders)
    ]


def _surprises(asked: Plan, files: Files, config: ProjectConfig) -> Iterator[str]:
    """What a new package at the root does to other tools."""
    tops = {os.path.relpath(change.path, asked.root).split(os.sep)[0] for change in asked.changes}
    fresh = sorted(each for each in tops if not os.path.lexists(os.path.join(asked.root, each)))
    if not fresh:
        return

    def bytes_of(path: str | None) -> bytes:
        with contextlib.suppress(UnreadableError):
            return files.bytes_of(path) if path is not None else b""
        return b""

    is_on_path = files.is_file(os.path.join(asked.root, "conftest.py"))
    if not is_on_path and b"pythonpath" not in bytes_of(config.pytest.path):
        yield 'pytest finds it as `python -m pytest`, or with `pythonpath = ["."]` in its settings'
    project = bytes_of(os.path.join(asked.root, PROJECT_NAME))
    others = [bytes_of(os.path.join(asked.root, each)) for each in ("setup.cfg", "setup.py")]
    is_explicit = re.search(
        rb"^\s*(?:packages|py-modules|py_modules)\b", b"\n".join((project, *others)), re.MULTILINE
    )
    is_flat = not files.is_folder(os.path.join(asked.root, "src"))
    if b"setuptools.build_meta" in project and is_flat and not is_explicit and _is_found(fresh[0], project):
        yield f"setuptools now sees one more package, `{fresh[0]}`: name yours in [tool.setuptools]"


def _is_found(package: str, project: bytes) -> bool:
    """Whether `[tool.setuptools.packages.find]` of a pyproject.toml leaves a package at the root in."""
    found: object = {}
    with contextlib.suppress(TomlError):
        found = read(project.decode("utf-8", "replace"))
    for name in ("tool", "setuptools", "packages", "find"):
        found = found.get(name) if isinstance(found, dict) else None

    def listed(name: str, default: list[str]) -> list[str]:
        value = found.get(name) if isinstance(found, dict) else None
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else default

    def is_named(name: str, default: list[str]) -> bool:
        return any(fnmatchcase(package, each) for each in listed(name, default))

    return "." in listed("where", ["."]) and is_named("include", ["*"]) and not is_named("exclude", [])


# The table


def _plan_table(
    asked: Plan, files: Files, config: ProjectConfig, places: Mapping[str, Sequence[str]]
) -> None:
    """Add `[tool.ssot-lsp]` to pyproject.toml, or where there is none, an ssot-lsp.toml."""
    if config.path is not None:
        asked.remarks.append(f"{config.path} configures ssot-lsp already, left alone")
        for problem in config.problems:
            asked.remarks.append(f"{problem.path}: {problem.severity.label}: {problem.message}")
        return
    lines = [*_names(asked, places), *_test_files(config)]
    path = os.path.join(asked.root, PROJECT_NAME)
    if not os.path.lexists(path):
        own = os.path.join(asked.root, OWN_NAME)
        text = "".join(f"{line}\n" for line in (lines or ["# Every setting has a default"]))
        asked.changes.append(Change(own, None, text.encode()))
        return
    _refuse_links_out(asked.root, path)
    try:
        before = files.bytes_of(path)
    except UnreadableError as error:
        message = f"{path} cannot be read: {error}"
        raise InitError(message) from error
    asked.changes.append(Change(path, before, _extended(path, before, lines)))


def _names(asked: Plan, places: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The lines that name the factory and the bases; in a comment where it takes a decision."""
    factories = places.get(_FACTORY) or [
        each for name in sorted(places) if name not in _BASES for each in places[name]
    ]
    if not factories:
        asked.remarks.append("no factory was found: `ssot-lsp init --scaffold` writes one")
    yield from _setting(asked, "factory", factories, is_clear=len(factories) == 1)
    bases = [each for name in _BASES for each in places.get(name, ())]
    is_clear = all(len(places.get(name, ())) <= 1 for name in _BASES)
    yield from _setting(asked, "base-classes", bases, is_clear=is_clear)


def _setting(asked: Plan, key: str, values: Sequence[str], *, is_clear: bool) -> Iterator[str]:
    values = list(dict.fromkeys(values))
    if not values:
        return
    if is_clear:
        yield _array(key, values)
        return
    asked.remarks.append(f"`{key}` is for you to set, there are several: {', '.join(values)}")
    yield f"# There are several, keep what holds:\n# {_line(key, values)}"


def _test_files(config: ProjectConfig) -> Iterator[str]:
    """The line that says what pytest was told to collect, as far as it is more than the default."""
    if config.test_files != DEFAULT_TEST_FILES:
        yield _array("test-files", config.test_files)


def _line(key: str, values: Sequence[str]) -> str:
    return f"{key} = [{', '.join(json.dumps(each, ensure_ascii=False) for each in values)}]"


def _array(key: str, values: Sequence[str]) -> str:
    if len(line := _line(key, values)) <= 88:
        return line
    written = [json.dumps(each, ensure_ascii=False) for each in values]
    return "\n".join((f"{key} = [", *(f"    {each}," for each in written), "]"))


def _extended(path: str, before: bytes, lines: Iterable[str]) -> bytes:
    """The bytes of pyproject.toml with the table below; raises InitError where that would not be valid."""
    end = "\r\n" if b"\r\n" in before else "\n"
    text = "\n".join(("[tool.ssot-lsp]", *lines, "")).replace("\n", end)
    is_empty = not before.removeprefix(b"\xef\xbb\xbf")
    separator = "" if is_empty else end if before.endswith(b"\n") else end * 2
    after = before + (separator + text).encode()
    _parsed(path, before)
    try:
        values: dict[str, Any] = read(after.decode("utf-8-sig"))
    except TomlError as error:
        message = f"{path} cannot take a table at its end ({error}): add [tool.ssot-lsp] by hand"
        raise InitError(message) from error
    if not isinstance(values.get("tool", {}).get("ssot-lsp"), dict):
        message = f"{path} cannot take a table at its end: add [tool.ssot-lsp] by hand"
        raise InitError(message)
    return after


def _parsed(path: str, data: bytes) -> dict[str, Any]:
    try:
        return read(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"{path} is not valid UTF-8 at byte {error.start}"
        raise InitError(message) from error
    except TomlError as error:
        message = f"{path} is not valid TOML: {error}"
        raise InitError(message) from error


# On the disk


def _diff(shown: str, change: Change) -> Iterator[str]:
    before = _lines(change.before or b"")
    origin = "/dev/null" if change.before is None else f"a/{shown}"
    for line in unified_diff(before, _lines(change.after), origin, f"b/{shown}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """The lines with their ends, which are line feeds alone, as git has it."""
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode("utf-8", "backslashreplace"))
