"""What jedi is asked, and that it runs nothing of the workspace."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.factory_names import receiver_at
from ssot_lsp.ide.hover import hover
from ssot_lsp.inference import Inference, Question, infer
from ssot_lsp.text import Span
from tests.ide.cursor import asked

if TYPE_CHECKING:
    from pathlib import Path

LONG = 60.0  # seconds: more than any of these takes
TOOLS = """
    from __future__ import annotations

    from factory import SSotMockFactory

    class Box:
        factory: SSotMockFactory

    def instance():
        return [SSotMockFactory()][0]

    def itself():
        return [SSotMockFactory][0]

    def box() -> Box: ...
"""


def inferred(root: Path, text: str, files: dict[str, str] | None = None) -> list[str]:
    """What jedi says of the expression before the attribute at the cursor, as places in the workspace."""
    snapshot, path, offset = asked(root, text, {"tools.py": TOOLS, **(files or {})})
    span = receiver_at(snapshot, path, offset)
    if span is None:
        return ["nothing is asked"]
    found = infer(snapshot.question(path, span), lambda: True, LONG)
    return [f"{each.path.removeprefix(f'{root}/')}:{each.name}" for each in found]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "import tools\nx = tools.instance()\nx.create_mo<CURSOR>ck()",
            id="a local from a function elsewhere",
        ),
        pytest.param("from tools import *\ninstance().create_mo<CURSOR>ck()", id="a call, by a star import"),
        pytest.param("import tools\ntools.itself().create_mo<CURSOR>ck()", id="the class itself"),
        pytest.param("import tools\ntools.box().factory.create_mo<CURSOR>ck()", id="a typed attribute"),
        pytest.param(
            """
            import tools

            class TestIt:
                def setup_method(self):
                    self.box = tools.box()

                def test_it(self):
                    with self.box.factory.create_mo<CURSOR>ck(
            """,
            id="an attribute of self in a broken file",
        ),
        pytest.param(
            "from tools import box\n'😀'; box().factory.create_mo<CURSOR>ck", id="behind wide letters"
        ),
        pytest.param(
            "import tools\ntools.instance().create_agent<CURSOR>()", id="a method that there is not"
        ),
    ],
)
def test_it_knows_what_the_index_does_not(text: str, tmp_path: Path) -> None:
    assert inferred(tmp_path, text) == ["factory.py:SSotMockFactory"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "from factory import SSotMockFactory\nSSotMockFactory.create_mo<CURSOR>ck()", id="the index knows"
        ),
        pytest.param("x.append<CURSOR>()", id="no method of a factory"),
        pytest.param("create_mo<CURSOR>ck()", id="no attribute"),
    ],
)
def test_it_is_asked_only_where_it_may_know_more(text: str, tmp_path: Path) -> None:
    assert inferred(tmp_path, text) == ["nothing is asked"]


@pytest.mark.parametrize(
    "text", ["unknown.create_mo<CURSOR>ck()", "import os\nos.environ.create_mo<CURSOR>ck()"]
)
def test_what_is_no_factory_is_none(text: str, tmp_path: Path) -> None:
    snapshot, path, offset = asked(tmp_path, text)
    span = receiver_at(snapshot, path, offset)
    assert span is not None
    found = infer(snapshot.question(path, span), lambda: True, LONG)
    assert hover(snapshot, path, offset, found) is None


def test_the_answer_leads_to_the_method(tmp_path: Path) -> None:
    snapshot, path, offset = asked(
        tmp_path, "import tools\ntools.box().factory.create_mo<CURSOR>ck()", {"tools.py": TOOLS}
    )
    assert hover(snapshot, path, offset) is None
    span = receiver_at(snapshot, path, offset)
    assert span is not None
    found = hover(snapshot, path, offset, infer(snapshot.question(path, span), lambda: True, LONG))
    assert found is not None
    assert found.markdown.startswith("```python\nSSotMockFactory.create_mock(mock_type, **kwargs)\n")


def test_the_text_of_open_documents_counts(tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text("thing = 1\n")
    here, tools = str(tmp_path / "test_it.py"), str(tmp_path / "tools.py")
    texts = {here: "import tools\ntools.thing.x\n", tools: "class Thing: ...\nthing = Thing()\n"}
    question = Question(here, Span(13, 24), texts, (str(tmp_path),))
    assert infer(question, lambda: True, LONG) == ((tools, "Thing"),)
    texts[tools] = "class Other: ...\nthing = Other()\n"
    assert infer(question, lambda: True, LONG) == ((tools, "Other"),)


def test_nothing_of_the_workspace_is_run_or_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither modules, nor packages around extension modules, nor what jedi imports by itself."""
    ran = f"open({str(tmp_path / 'ran')!r}, 'a').close()\n"
    files = {
        "factory.py": f"{ran}class SSotMockFactory:\n    {ran}    def create_mock(self): ...\n",
        "tools.py": f"{ran}import package.native, native, gi, sitecustomize\n"
        "from factory import SSotMockFactory\n"
        "def make():\n    package.native.f(); native.f(); gi.f()\n    return [SSotMockFactory()][0]\n",
        "package/__init__.py": ran,
        "package/native.so": "",
        "native.so": "",
        "gi.py": ran,
        "sitecustomize.py": ran,
        "conftest.py": ran,
        "pyproject.toml": "[project]\n",
    }
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before, path_before = set(sys.modules), list(sys.path)
    text = "import tools, native, package.native\n{}.create_mo<CURSOR>ck()"
    assert inferred(tmp_path, text.format("tools.make()"), files) == ["factory.py:SSotMockFactory"]
    for receiver in ("native.f()", "package.native.f()", "package", "native"):
        assert inferred(tmp_path, text.format(receiver), files) in ([], ["package/__init__.py:"])
    assert not (tmp_path / "ran").exists()
    assert sys.path == path_before
    own = {"factory", "tools", "package", "package.native", "native", "gi", "sitecustomize", "conftest"}
    assert not own & (set(sys.modules) - before)


def test_it_stops_when_nobody_wants_to_know(tmp_path: Path) -> None:
    here = str(tmp_path / "test_it.py")
    question = Question(here, Span(0, 1), {here: "a = b = [c for c in a]\n"}, ())
    answers = iter([True] * 3)
    assert infer(question, lambda: next(answers, False), LONG) == ()
    assert next(answers, None) is None, "it has been asked to the end"
    assert sys.getprofile() is None


def test_it_stops_after_its_time(tmp_path: Path) -> None:
    snapshot, path, offset = asked(
        tmp_path, "import tools\ntools.instance().create_mo<CURSOR>ck()", {"tools.py": TOOLS}
    )
    span = receiver_at(snapshot, path, offset)
    assert span is not None
    assert infer(snapshot.question(path, span), lambda: True, 0.0) == ()


def test_one_worker_answers(tmp_path: Path) -> None:
    snapshot, path, offset = asked(
        tmp_path, "import tools\ntools.instance().create_mo<CURSOR>ck()", {"tools.py": TOOLS}
    )
    span = receiver_at(snapshot, path, offset)
    assert span is not None
    inference = Inference(LONG)
    try:
        question = snapshot.question(path, span)
        unwanted = inference.ask(question, lambda: False)
        wanted = inference.ask(question, lambda: True)
        assert unwanted.result(LONG) == ()
        assert [each.name for each in wanted.result(LONG)] == ["SSotMockFactory"]
    finally:
        inference.stop()
