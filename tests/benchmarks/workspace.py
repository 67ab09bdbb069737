"""The generated workspace: 10,000 files of real sizes, recombined from functions of the fetched suites.

Every function is real text, and a file takes its functions from few others, so that it imports about as much as
they do. What is made up is the layout (packages, `__init__`s, conftests, base classes, a factory), which functions
stand together, and where imports lead: imports of the suites' own packages are turned
to modules of the workspace, so that they resolve. The same on every machine: one seed, no set order, no clock.

Sizes have median 17 KB, p90 40, p99 85 and at most 210; two thirds are test files, a quarter of these without a
mock; mock sites of the others have median 7, p99 100 and at most 392 (the reference code base of the design).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import zlib
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

from . import donors
from .corpora import VERSIONS, cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .donors import Definition, Pool, Suite

FILES = 10_000
SEED = 0

_SIZES = ((-1.2816, 7_200), (0.0, 17_000), (1.2816, 40_000), (2.3263, 85_000), (3.7, 210_000))
_MOCKS = ((-1.1503, 2.0), (0.0, 7.0), (2.3263, 100.0), (3.7, 392.0))
"""Points (standard normal quantile, value) between which values are interpolated on a logarithmic scale."""

_PACKAGES = 60
_SUB_PACKAGES = ("", "models", "services")
_TEST_KINDS = ("unit", "unit", "integration", "e2e")
_HELPER_SHARE = 30
_MOCKLESS_SHARE = 0.25
_JUSTIFIED_SHARE = 0.08
_COMMENT_RUN_SHARE = 0.04
_BROKEN_SHARE = 0.01
_FACTORY_SHARE = 0.05
_NEIGHBOURS = 40
_CANDIDATES = 6
"""Of so many drawn functions the one whose density of mocks fits best is taken."""

_CONFIGURATION = (
    '[project]\nname = "workspace"\nversion = "1"\n\n[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'
)
_JUSTIFICATION = "# Mock justification: the remote service cannot run inside of a unit test\n"
_FACTORY = '''"""The one place that hands out doubles."""

from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    """All doubles of this workspace."""

    @staticmethod
    def create_database_session_mock(**kwargs):
        session = AsyncMock()
        session.commit = AsyncMock()
        session.rollback = AsyncMock()
        session.execute = AsyncMock(return_value=MagicMock())
        return session

    @staticmethod
    def create_websocket_mock(user_id=None, connection_id="connection"):
        websocket = AsyncMock()
        websocket.user_id = user_id
        websocket.connection_id = connection_id
        websocket.send_json = AsyncMock()
        return websocket
'''
_SSOT_BASES = '''"""The base classes of all tests."""

import unittest


class SSotBaseTestCase(unittest.TestCase):
    """Tests without an event loop."""

    def setUp(self):
        super().setUp()


class SSotAsyncTestCase(unittest.IsolatedAsyncioTestCase):
    """Tests with an event loop."""
'''
_BASE = '''"""Base classes of {name}."""

import unittest
from unittest import mock

from test_framework.ssot.base_test_case import SSotBaseTestCase


class {name}Base({parent}):
    """What the tests of {name} share."""

    def setUp(self):
        super().setUp()
        self.service = mock.Mock()
        patcher = mock.patch("{module}.LOG")
        self.log = patcher.start()
        self.addCleanup(patcher.stop)
        self.context = self.make_context()

    def make_context(self):
        return {{"request_id": "request", "project": "{name}"}}
'''
_FACTORY_USE = """
    def make_doubles(self):
        session = SSotMockFactory.create_database_session_mock()
        websocket = SSotMockFactory.create_websocket_mock(connection_id="first")
        websocket.send_json.side_effect = None
        return session, websocket
"""


@dataclass(slots=True)
class _Module:
    """A module of the workspace: what it is called and what can be imported from it."""

    dotted: str
    path: str
    classes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One file to write: its path, its size in bytes, its mock sites."""

    path: str
    size: int
    mocks: int


def workspace(files: int = FILES) -> Path:
    """The folder of the generated workspace of so many files, made first if it is not there."""
    folder = cache_folder() / f"workspace-{files}-{_digest()}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            _Writer(made, files).write()
            made.rename(folder)
    return folder


class _Writer:
    """Writes one workspace below a folder."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder = folder
        self.files = files
        self.random = Random(SEED)
        self.tests, self.sources = donors.pools()
        self.modules: list[_Module] = []
        self.bases: list[_Module] = []
        self.written = 0

    def write(self) -> None:
        """Write everything: first what is imported, then what imports it."""
        self._put("pyproject.toml", _CONFIGURATION, is_python=False)
        self._put("test_framework/__init__.py", "")
        self._put("test_framework/ssot/__init__.py", "from .mock_factory import SSotMockFactory\n")
        self._put("test_framework/ssot/mock_factory.py", _FACTORY)
        self._put("test_framework/ssot/base_test_case.py", _SSOT_BASES)
        test_count = self.files * 2 // 3
        self._write_packages(self.files - test_count)
        self._write_tests(test_count)

    def _write_packages(self, count: int) -> None:
        folders = [
            f"app/{_package_name(number)}/{sub}".rstrip("/")
            for number in range(min(_PACKAGES, max(2, count // 40)))
            for sub in _SUB_PACKAGES
        ]
        self._put("app/__init__.py", "")
        count -= self.written + len(folders)
        sizes = [_quantile(_SIZES, (index + 0.5) / count) for index in range(count)]
        self.random.shuffle(sizes)
        names = self.sources.module_names
        for index, size in enumerate(sizes):
            folder = folders[index % len(folders)]
            name = f"{names[index % len(names)]}_{index}"
            self.modules.append(_Module(f"{folder}/{name}".replace("/", "."), f"{folder}/{name}.py"))
            self._write_source(self.modules[-1], round(size))
        for folder in folders:
            inside = [each for each in self.modules if os.path.dirname(each.path) == folder and each.classes]
            lines = [
                f"from .{each.dotted.rpartition('.')[2]} import {each.classes[0]}\n" for each in inside[:5]
            ]
            self._put(f"{folder}/__init__.py", "".join(lines))

    def _write_source(self, module: _Module, size: int) -> None:
        drawn = _draw(self.random, self.sources, size, 0)
        blocks: list[str] = []
        for start in range(0, len(drawn), 12):
            methods = [each for each in drawn[start : start + 12] if each.is_method]
            if methods:
                name = f"{_camel(module.dotted.rpartition('.')[2])}{len(module.classes) or ''}"
                module.classes.append(name)
                blocks.append(f"\n\nclass {name}:\n" + "\n".join(_unique(methods)))
            blocks += [
                f"\n\n{each}" for each in _unique(f for f in drawn[start : start + 12] if not f.is_method)
            ]
        head = self._imports(drawn, with_mocks=False)
        self._put(module.path, head + "\nLOG = logging.getLogger(__name__)\n" + "".join(blocks))

    def _write_tests(self, count: int) -> None:
        for plan in self._plans(count):
            if plan.path.endswith("__init__.py"):
                self._put(plan.path, "")
            elif plan.path.startswith("tests/base/"):
                self._write_base(plan.path)
            else:
                self._put(plan.path, self._test_text(plan))

    def _plans(self, count: int) -> list[_Plan]:
        folders = sorted(
            {f"tests/{kind}/{_package_name(number)}" for kind in _TEST_KINDS for number in range(_PACKAGES)}
        )
        folders = folders[: max(2, count // 20)]
        inits = ["tests/__init__.py", "tests/base/__init__.py"]
        inits += [f"{name}/__init__.py" for name in folders]
        inits += [f"{name}/__init__.py" for name in sorted({os.path.dirname(name) for name in folders})]
        bases = [f"tests/base/base_{_package_name(number)}.py" for number in range(max(2, count // 100))]
        conftests = [f"{name}/conftest.py" for name in folders[::3]]
        rest = count - len(inits) - len(bases) - len(conftests)
        names = self.tests.module_names
        tests = [
            f"{folders[index % len(folders)]}/{names[index % len(names)]}_{index}.py" for index in range(rest)
        ]
        for index in range(0, rest, _HELPER_SHARE):
            tests[index] = tests[index].replace("/test_", "/helpers_")
        others = [_Plan(path, 0, 0) for path in inits + bases]
        return others + self._sized(conftests + tests)

    def _sized(self, paths: Sequence[str]) -> list[_Plan]:
        """Sizes and mocks for `paths`: larger files tend to hold more mocks, as they do in fact."""
        sizes = [_quantile(_SIZES, (index + 0.5) / len(paths)) for index in range(len(paths))]
        self.random.shuffle(sizes)
        mockless = round(len(paths) * _MOCKLESS_SHARE)
        with_mocks = len(paths) - mockless
        mocks = [round(_quantile(_MOCKS, (index + 0.5) / with_mocks)) for index in range(with_mocks)]
        chosen = list(range(len(paths)))
        self.random.shuffle(chosen)
        by_size = sorted(
            chosen[:with_mocks], key=lambda index: sizes[index] * self.random.lognormvariate(0, 0.5)
        )
        of_file = dict(zip(by_size, mocks, strict=True))
        return [
            _Plan(path, round(size), of_file.get(index, 0))
            for index, (path, size) in enumerate(zip(paths, sizes, strict=True))
        ]

    def _write_base(self, path: str) -> None:
        name = _camel(Path(path).stem.removeprefix("base_"))
        parent = self.random.choice(
            ["SSotBaseTestCase", "unittest.TestCase", "unittest.IsolatedAsyncioTestCase"]
        )
        dotted = path.removesuffix(".py").replace("/", ".")
        module = self.random.choice(self.modules).dotted
        self.bases.append(_Module(dotted, path, [f"{name}Base"]))
        self._put(path, _BASE.format(name=name, parent=parent, module=module))

    def _test_text(self, plan: _Plan) -> str:
        random = self.random
        drawn = _draw(random, self.tests, plan.size, plan.mocks)
        base = random.choice(self.bases)
        imports = [f"from {base.dotted} import {base.classes[0]}\n"]
        uses_factory = plan.mocks > 0 and random.random() < _FACTORY_SHARE
        if uses_factory:
            imports.append("from test_framework.ssot.mock_factory import SSotMockFactory\n")
        head = self._imports(drawn, with_mocks=plan.mocks > 0)
        blocks: list[str] = []
        for start in range(0, len(drawn), 25):
            some = drawn[start : start + 25]
            methods = _unique((each for each in some if each.is_method), self._is_justified)
            if methods:
                parent = random.choice([base.classes[0], base.classes[0], "unittest.TestCase", ""])
                header = f"class Test{_camel(Path(plan.path).stem)}{start or ''}" + (
                    f"({parent}):" if parent else ":"
                )
                extra = _FACTORY_USE if uses_factory and not start else ""
                blocks.append(f"\n\n{header}\n" + "\n".join(methods) + extra)
            blocks += [
                f"\n\n{each}" for each in _unique((f for f in some if not f.is_method), self._is_justified)
            ]
        text = head + "".join(imports) + "".join(blocks)
        return self._damaged(text, drawn)

    def _is_justified(self) -> bool:
        return self.random.random() < _JUSTIFIED_SHARE

    def _damaged(self, text: str, drawn: Sequence[Definition]) -> str:
        """Some files carry a long run of commented-out code, and a few do not parse."""
        if drawn and self.random.random() < _COMMENT_RUN_SHARE:
            old = "".join(each.text for each in drawn[: self.random.randrange(2, 20)])
            text += "\n\n" + "".join(f"# {line}\n" for line in old.splitlines())
        if self.random.random() < _BROKEN_SHARE:
            at = text.find(")", len(text) // 2)
            text = text[:at] + text[at + 1 :]
        return text

    def _imports(self, drawn: Sequence[Definition], *, with_mocks: bool) -> str:
        """The imports of what the definitions name: each name bound once, by the first that binds it."""
        needed = {word for each in drawn for word in each.words}
        lines = {"logging": "import logging\n", "unittest": "import unittest\n"}
        for donor in dict.fromkeys(each.donor for each in drawn):
            for imported in donor.imports:
                if imported.bound in needed and (with_mocks or not imported.is_mock):
                    lines.setdefault(imported.bound, self._turned(imported))
        return "".join(sorted(lines.values(), key=lambda line: not line.startswith("from __future__")))

    def _turned(self, imported: donors.Import) -> str:
        """An import of the suite's own packages, turned to a module of this workspace; any other as it is."""
        if not imported.is_own or not self.modules:
            return imported.text
        is_class = imported.bound[:1].isupper()
        key = imported.module if is_class else imported.text
        target = self.modules[zlib.crc32(key.encode()) % len(self.modules)]
        if is_class and target.classes:
            return f"from {target.dotted} import {target.classes[0]} as {imported.bound}\n"
        package, _, name = target.dotted.rpartition(".")
        return f"from {package} import {name} as {imported.bound}\n"

    def _put(self, path: str, text: str, *, is_python: bool = True) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
        self.written += is_python


def _draw(random: Random, pool: Pool, size: int, mocks: int) -> list[Definition]:
    """Definitions of few files of one suite that together have about `size` bytes and `mocks` mock sites."""
    hand = _Hand(random, pool.suite(random, needs_mocks=mocks > 0))
    drawn: list[Definition] = []
    size -= size // 25  # for imports and headers
    while mocks > 0:
        drawn.append(hand.take_with_mocks(mocks, wanted=max(size, 200) / mocks))
        mocks -= drawn[-1].mocks
        size -= drawn[-1].size
    while size > 0:
        drawn.append(hand.take_plain(size))
        size -= drawn[-1].size
    random.shuffle(drawn)
    return drawn


class _Hand:
    """The definitions of the files that one file is made of; each is taken once, and more files come as needed."""

    def __init__(self, random: Random, suite: Suite) -> None:
        self._random = random
        self._suite = suite
        self._with_mocks: list[Definition] = []
        self._plain: list[Definition] = []

    def take_with_mocks(self, most: int, wanted: float) -> Definition:
        """One with at most so many mock sites, of about `wanted` bytes for each."""
        for _ in range(_CANDIDATES):
            some = [each for each in self._some(self._with_mocks) if each.mocks <= most]
            if some:
                best = min(some, key=lambda each: abs(math.log(each.density / wanted)))
                self._with_mocks.remove(best)
                return best
            self._add_neighbours(self._suite.with_mocks)
        return self._suite.single(self._random)

    def take_plain(self, size: int) -> Definition:
        """One without mocks, of at most about `size` bytes where there is one."""
        if not self._plain:
            self._add_neighbours(self._suite.plain)
        some = self._some(self._plain)
        best = next((each for each in some if each.size <= size + 500), min(some, key=lambda each: each.size))
        self._plain.remove(best)
        return best

    def _some(self, definitions: Sequence[Definition]) -> list[Definition]:
        return self._random.sample(definitions, min(_CANDIDATES, len(definitions)))

    def _add_neighbours(self, definitions: Sequence[Definition]) -> None:
        """Take some of `definitions` that stand together in one file: neighbours need the same imports."""
        neighbours = self._suite.around(self._random.choice(definitions), _NEIGHBOURS)
        self._with_mocks += [each for each in neighbours if each.mocks]
        self._plain += [each for each in neighbours if not each.mocks]


def _unique(drawn: Iterable[Definition], is_justified: donors.Coin = bool) -> list[str]:
    """The texts of definitions, renamed where a name is taken, some below a justification."""
    seen: set[str] = set()
    texts: list[str] = []
    for number, each in enumerate(drawn):
        text = each.text if each.name not in seen else each.renamed(f"{each.name}_{number}")
        seen.add(each.name)
        if each.mocks and is_justified():
            text = ("    " if each.is_method else "") + _JUSTIFICATION + text
        texts.append(text)
    return texts


def _quantile(points: Sequence[tuple[float, float]], share: float) -> float:
    """The value at quantile `share` of the distribution that goes through `points`."""
    z = NormalDist().inv_cdf(share)
    index = min(max(bisect_left(points, (z, 0.0)), 1), len(points) - 1)
    (z_low, low), (z_high, high) = points[index - 1], points[index]
    value = math.exp(math.log(low) + (math.log(high) - math.log(low)) * (z - z_low) / (z_high - z_low))
    return min(value, points[-1][1])


def _package_name(number: int) -> str:
    return f"{donors.WORDS[number % len(donors.WORDS)]}{number // len(donors.WORDS) or ''}"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _digest() -> str:
    sources = [Path(__file__).read_bytes(), Path(donors.__file__).read_bytes(), json.dumps(VERSIONS).encode()]
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]
