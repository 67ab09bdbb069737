"""Functions of the fetched suites, cut out with what they need to be put together anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .corpora import VERSIONS, corpus, is_test_file, python_files

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

Coin = Callable[[], bool]
_Function = ast.FunctionDef | ast.AsyncFunctionDef

_TOPICS = """
account agent audit billing cache catalog chat client cluster config context core database
document event execution export gateway graph health history identity import_ ingest invoice job
ledger limits lock log message metric model network notify order orchestration payment permission
pipeline plugin policy profile project queue quota rate report request router runtime scheduler
search secret session signal storage stream task tenant thread token tool trace transport
usage user vault websocket worker workflow
"""
WORDS = tuple(_TOPICS.split())
MOCK_CALL = re.compile(
    rb"\b(?:Mock|MagicMock|AsyncMock|NonCallableMock|PropertyMock|create_autospec|mock_open|patch|patch\.object)\("
)

_OWN_PACKAGES = {"t", "tests", *VERSIONS}
_LONGEST = 12_000
"""Bytes past which a function is not taken: a few of them would make up whole files."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement of one name: its text, the module, the name that it binds, whether it is the suite's."""

    text: str
    module: str
    bound: str
    is_own: bool
    is_mock: bool


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A file that functions were taken from."""

    imports: tuple[Import, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A whole function or method with its decorators; methods are indented by four columns."""

    donor: Donor
    line: int
    name: str
    text: str
    size: int
    mocks: int
    is_method: bool
    words: frozenset[str]
    """The names that it reads."""

    @property
    def density(self) -> float:
        """Bytes per mock site."""
        return self.size / max(self.mocks, 1)

    def renamed(self, name: str) -> str:
        """The text with another name in the definition's header."""
        return re.sub(rf"\bdef {re.escape(self.name)}\b", f"def {name}", self.text, count=1)


class Suite:
    """The definitions of one suite: those with mock sites, and those without even the word."""

    def __init__(self, with_mocks: list[Definition], plain: list[Definition]) -> None:
        self.with_mocks = with_mocks
        self.plain = plain
        self._files: dict[Donor, list[Definition]] = {}
        for each in sorted([*with_mocks, *plain], key=lambda each: each.line):
            self._files.setdefault(each.donor, []).append(each)

    def around(self, definition: Definition, count: int) -> list[Definition]:
        """So many definitions of one file around `definition`, or all that it has."""
        whole = self._files[definition.donor]
        start = max(0, min(whole.index(definition) - count // 2, len(whole) - count))
        return whole[start : start + count]

    def single(self, random: Random) -> Definition:
        """One with a single mock site."""
        return random.choice([each for each in self.with_mocks if each.mocks == 1])


@dataclass(slots=True)
class Pool:
    """All suites, and names for modules."""

    suites: list[Suite]
    module_names: list[str]

    def suite(self, random: Random, *, needs_mocks: bool) -> Suite:
        """A random suite, in proportion to how much of what is needed it has."""
        weights = [len(each.with_mocks if needs_mocks else each.plain) ** 0.5 for each in self.suites]
        return random.choices(self.suites, weights)[0]


def pools() -> tuple[Pool, Pool]:
    """What can be taken from test files, and what from all others."""
    tests, sources = Pool([], []), Pool([], [])
    for name in sorted(VERSIONS):
        folder = corpus(name)
        files = python_files(folder)
        _add(tests, [path for path in files if is_test_file(path)])
        _add(
            sources,
            [
                path
                for path in files
                if not is_test_file(path) and "test" not in str(path.relative_to(folder))
            ],
        )
    return tests, sources


def _add(pool: Pool, files: list[Path]) -> None:
    found = [each for path in files for each in _definitions(path)]
    with_mocks = [each for each in found if each.mocks]
    plain = [
        each for each in found if not each.mocks and not re.search(r"mock|patch", each.text, re.IGNORECASE)
    ]
    pool.suites.append(Suite(with_mocks, plain))
    names = {path.stem for path in files if re.fullmatch(r"[a-z][a-z0-9_]{2,24}", path.stem)}
    pool.module_names = sorted({*pool.module_names, *names})


def _definitions(path: Path) -> list[Definition]:
    data = path.read_bytes()
    try:
        module = ast.parse(data)
        lines = data.decode("utf-8").splitlines(keepends=True)
    except (SyntaxError, ValueError):
        return []
    if b"\r" in data or b"\f" in data or b"\t" in data:
        return []
    donor = Donor(tuple(each for node in module.body for each in _imports(node)))
    found: list[Definition] = []
    for node in module.body:
        inside = [(child, True) for child in node.body] if isinstance(node, ast.ClassDef) else [(node, False)]
        for child, is_method in inside:
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min((each.lineno for each in child.decorator_list), default=child.lineno)
                text = "".join(lines[first - 1 : child.end_lineno])
                indent = len(text) - len(text.lstrip(" "))
                if len(text) <= _LONGEST and indent == (4 if is_method else 0):
                    found.append(_definition(donor, child, text, is_method=is_method))
    return found


def _definition(donor: Donor, node: _Function, text: str, *, is_method: bool) -> Definition:
    data = (text if text.endswith("\n") else text + "\n").encode()
    mocks = len(MOCK_CALL.findall(data))
    words = frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
    return Definition(donor, node.lineno, node.name, data.decode(), len(data), mocks, is_method, words)


def _imports(node: ast.stmt) -> list[Import]:
    """The import statement `node`, one statement per name."""
    if isinstance(node, ast.Import):
        return [_plain_import(alias) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [_from_import(node, alias) for alias in node.names if alias.name != "*"]
    return []


def _plain_import(alias: ast.alias) -> Import:
    root = alias.name.partition(".")[0]
    suffix = f" as {alias.asname}" if alias.asname else ""
    text = f"import {alias.name}{suffix}\n"
    return Import(text, alias.name, alias.asname or root, root in _OWN_PACKAGES, "mock" in alias.name)


def _from_import(node: ast.ImportFrom, alias: ast.alias) -> Import:
    module = "." * node.level + (node.module or "")
    suffix = f" as {alias.asname}" if alias.asname else ""
    text = f"from {module} import {alias.name}{suffix}\n"
    is_own = node.level > 0 or module.partition(".")[0] in _OWN_PACKAGES
    return Import(text, module, alias.asname or alias.name, is_own, "mock" in text)
