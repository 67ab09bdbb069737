"""Whatever was typed, opened, closed and saved on the way, the findings are those of the texts."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.text import Edit, Span, apply_edits
from tests.literate import read_all

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ssot_lsp.finding import Finding

NAMES = (
    "conftest.py",
    "tests/conftest.py",
    "tests/__init__.py",
    "tests/base.py",
    "tests/helpers.py",
    "tests/test_it.py",
)
TEXTS = sorted({file.text for case in read_all() for file in case.files if file.name.endswith(".py")})
LINES = sorted({line + "\n" for text in TEXTS for line in text.split("\n")})
TOKENS = [
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        ".",
        "=",
        "@",
        "#",
        "'",
        '"',
        '"""',
        "\\",
        "\n",
        "\r",
        "\r\n",
        "\f",
    ),
    *(
        " ",
        "    ",
        "\t",
        "😀",
        "ä",
        "self.",
        "self",
        "m",
        "m.a = ",
        "Mock",
        "Mock()",
        "patch",
        "mock",
        "client",
        "b",
    ),
    *(
        "def ",
        "class ",
        "async ",
        "import ",
        "from ",
        "return ",
        "yield ",
        "with ",
        "lambda: ",
        "global ",
        "as ",
        "*",
    ),
    *("# Mock justification: broker", "# ssot: ignore[unjustified-mock]", "@mock_justified('broker')\n"),
    *(
        "@patch('a.b')\n",
        "@pytest.fixture\n",
        "from tests.helpers import *\n",
        "from tests.base import Base\n",
    ),
]
CONFIGURATIONS = [
    "",
    "[tool.ssot-lsp]\n",
    '[tool.ssot-lsp]\nfactory = ["tests.helpers", "Base"]\n',
    '[tool.ssot-lsp]\nbase-classes = ["Base"]\ntest-files = ["test_*.py"]\n',
    '[tool.ssot-lsp]\nignore = ["unused-justification"]\nlevels = { "tests/**" = "L4" }\n',
]


def one_of(texts: list[str]) -> st.SearchStrategy[str]:
    """One of many: like `sampled_from`, which would show all of them wherever it is shown."""
    return st.integers(0, len(texts) - 1).map(lambda at: texts[at])


documents = st.lists(one_of(TEXTS), min_size=1, max_size=3).map("\n\n".join)
inserted = st.one_of(
    st.just(""),
    one_of(TOKENS),
    one_of(LINES),
    st.lists(one_of(LINES), max_size=4).map("".join),
)
places = st.floats(0, 1, exclude_max=True)  # as a part of the text's length
lengths = st.one_of(st.integers(0, 3), st.integers(0, 200))
names = st.sampled_from(NAMES)


class Editor(RuleBasedStateMachine):
    """An editor with a few files, beside a workspace that has seen all of it and one that sees the outcome."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="workspace")
        self.root = os.path.realpath(self.folder.name)
        self.open: dict[str, str] = {}
        self.workspace = Workspace(Files(), [self.root])
        os.mkdir(os.path.join(self.root, "tests"))

    def teardown(self) -> None:
        try:
            self.agree()
        finally:
            self.folder.cleanup()

    @initialize(texts=st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, documents)))
    def start(self, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            self.put(name, text)

    @rule(name=names, text=documents)
    def open_a_new_text(self, name: str, text: str) -> None:
        self.write(name, text)

    @rule(name=names, where=places, length=lengths, replacement=inserted, is_prepared=st.booleans())
    def type(self, name: str, where: float, length: int, replacement: str, is_prepared: bool) -> None:
        text = self.open.get(self.path(name)) or self.disk(name) or ""
        start = int(where * len(text))
        edit = Edit(Span(start, min(start + length, len(text))), replacement)
        self.write(name, apply_edits(text, [edit]), is_prepared=is_prepared)

    @rule(name=names, where=places, length=lengths, replacement=inserted)
    def type_and_see_who_is_affected(self, name: str, where: float, length: int, replacement: str) -> None:
        text = self.open.get(self.path(name), "")
        before = self.findings(self.workspace, self.open)
        start = int(where * len(text))
        edit = Edit(Span(start, min(start + length, len(text))), replacement)

        affected = self.write(name, apply_edits(text, [edit]))

        after = self.findings(self.workspace, before)
        differ = {path for path in before if before[path] != after[path]}
        assert differ <= {*affected, self.path(name)}

    @rule(name=names)
    def ask(self, name: str) -> None:
        self.workspace.snapshot().findings(self.path(name))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def save(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.open)), label="path")
        with open(path, "w", encoding="utf-8", newline="") as stream:
            stream.write(self.open[path])
        self.workspace.changed([path])

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.open)), label="path")
        del self.open[path]
        self.workspace.close(path)

    @rule(name=names, text=documents)
    def change_on_disk(self, name: str, text: str) -> None:
        self.put(name, text)
        self.workspace.changed([self.path(name)])

    @rule(name=names)
    def delete_on_disk(self, name: str) -> None:
        if os.path.exists(self.path(name)):
            os.unlink(self.path(name))
        self.workspace.changed([self.path(name)])

    @rule(text=st.sampled_from(CONFIGURATIONS))
    def configure(self, text: str) -> None:
        # All of them are valid: an editor keeps the last good one, of which a fresh workspace knows nothing
        self.put("pyproject.toml", text)
        self.workspace.changed([self.path("pyproject.toml")])

    @rule()
    def agree(self) -> None:
        fresh = Workspace(Files(), [self.root])
        for path, text in self.open.items():
            fresh.write(path, text)
        fresh.take_what_was_whole(self.workspace)
        paths = [self.path(name) for name in NAMES]
        assert self.findings(self.workspace, paths) == self.findings(fresh, paths)

    def path(self, name: str) -> str:
        return os.path.join(self.root, *name.split("/"))

    def disk(self, name: str) -> str | None:
        try:
            with open(self.path(name), encoding="utf-8", newline="") as stream:
                return stream.read()
        except FileNotFoundError:
            return None

    def put(self, name: str, text: str) -> None:
        with open(self.path(name), "w", encoding="utf-8", newline="") as stream:
            stream.write(text)

    def write(self, name: str, text: str, *, is_prepared: bool = False) -> frozenset[str]:
        path = self.path(name)
        self.open[path] = text
        if is_prepared:
            return self.workspace.install(path, self.workspace.snapshot().prepare(path, text, lambda: False))
        return self.workspace.write(path, text)

    @staticmethod
    def findings(workspace: Workspace, paths: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
        analysis = workspace.snapshot()
        return {path: analysis.findings(path) for path in paths}


TestEditor = Editor.TestCase
TestEditor.settings = settings(stateful_step_count=12)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an empty conftest."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "conftest.py").touch()
    return folder


@given(texts=st.tuples(documents, documents), data=st.data())
def test_typing_a_text_letter_by_letter_leads_to_its_findings(
    root: Path, texts: tuple[str, str], data: st.DataObject
) -> None:
    path, helper = os.path.join(root, "test_it.py"), os.path.join(root, "conftest.py")
    text = texts[0]
    start = data.draw(st.integers(0, len(text)), label="start")
    end = min(len(text), start + data.draw(st.integers(1, 40), label="length"))
    workspace = Workspace(Files(), [str(root)])
    workspace.write(helper, texts[1])

    for at in range(start, end + 1):
        workspace.write(path, text[:at] + text[end:])
        workspace.snapshot().findings(path)

    fresh = Workspace(Files(), [str(root)])
    fresh.write(helper, texts[1])
    fresh.write(path, text)
    for each in (path, helper):
        assert workspace.snapshot().findings(each) == fresh.snapshot().findings(each)


@given(texts=st.tuples(documents, documents, documents))
def test_a_snapshot_does_not_see_what_is_typed_later(root: Path, texts: tuple[str, str, str]) -> None:
    path, helper = os.path.join(root, "test_it.py"), os.path.join(root, "conftest.py")
    workspace, fresh = Workspace(Files(), [str(root)]), Workspace(Files(), [str(root)])
    for one in (workspace, fresh):
        one.write(path, texts[0])
        one.write(helper, texts[1])
    snapshot = workspace.snapshot()

    workspace.write(path, texts[2])
    workspace.write(helper, "")
    workspace.snapshot().findings(path)

    for each in (path, helper):
        assert snapshot.findings(each) == fresh.snapshot().findings(each)
