"""Whatever was typed on the way, the findings are those of the text."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.analysis import Workspace
from ssot_lsp.files import Files
from ssot_lsp.text import Edit, Span, apply_edits
from tests.literate import read_all

if TYPE_CHECKING:
    from pathlib import Path

    from ssot_lsp.finding import Finding

NAMES = ("conftest.py", "tests/__init__.py", "tests/base.py", "tests/helpers.py", "tests/test_it.py")
TEXTS = sorted({file.text for case in read_all() for file in case.files if file.name.endswith(".py")})
LINES = sorted({line + "\n" for text in TEXTS for line in text.splitlines() if "\f" not in line})
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

documents = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map("\n\n".join)
inserted = st.one_of(
    st.just(""), st.sampled_from(TOKENS), st.sampled_from(LINES), st.lists(st.sampled_from(LINES), max_size=4).map("".join)
)  # fmt: skip
# The file; where in it, as a part of the text's length; how much is taken away; what is put there; whose findings are
# asked for then; whether a worker prepares it, as for large files
edits = st.tuples(
    st.integers(0, len(NAMES) - 1),
    st.floats(0, 1, exclude_max=True),
    st.one_of(st.integers(0, 3), st.integers(0, 200)),
    inserted,
    st.sampled_from((*range(len(NAMES)), None)),
    st.booleans(),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder: all files are open documents."""
    return tmp_path_factory.mktemp("workspace")


@given(texts=st.tuples(*(documents for _ in NAMES)), sequence=st.lists(edits, min_size=1, max_size=12))
def test_edits_lead_to_the_findings_of_the_text(
    root: Path, texts: tuple[str, ...], sequence: list[tuple[int, float, int, str, int | None, bool]]
) -> None:
    paths = [os.path.join(root, *name.split("/")) for name in NAMES]
    current = dict(zip(paths, texts, strict=True))
    workspace = Workspace(Files(), [str(root)])
    for path, text in current.items():
        workspace.write(path, text)
    findings_of(workspace, paths)

    for which, where, length, replacement, asked, is_prepared in sequence:
        text = current[paths[which]]
        start = int(where * len(text))
        current[paths[which]] = apply_edits(
            text, [Edit(Span(start, min(start + length, len(text))), replacement)]
        )
        if is_prepared:
            previous = workspace.source(paths[which])
            workspace.install(paths[which], Workspace.prepare(current[paths[which]], previous, lambda: False))
        else:
            workspace.write(paths[which], current[paths[which]])
        if asked is not None:
            workspace.snapshot().findings(paths[asked])

    assert findings_of(workspace, paths) == findings_of(fresh(root, current), paths)


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

    current = {path: text, helper: texts[1]}
    assert findings_of(workspace, [path, helper]) == findings_of(fresh(root, current), [path, helper])


@given(texts=st.tuples(documents, documents, documents))
def test_a_snapshot_does_not_see_what_is_typed_later(root: Path, texts: tuple[str, str, str]) -> None:
    path, helper = os.path.join(root, "test_it.py"), os.path.join(root, "conftest.py")
    workspace = Workspace(Files(), [str(root)])
    workspace.write(path, texts[0])
    workspace.write(helper, texts[1])
    snapshot = workspace.snapshot()

    workspace.write(path, texts[2])
    workspace.write(helper, "")
    workspace.snapshot().findings(path)

    current = {path: texts[0], helper: texts[1]}
    assert {each: snapshot.findings(each) for each in current} == findings_of(
        fresh(root, current), list(current)
    )


def fresh(root: Path, texts: dict[str, str]) -> Workspace:
    """A workspace that saw nothing but these texts."""
    workspace = Workspace(Files(), [str(root)])
    for path, text in texts.items():
        workspace.write(path, text)
    return workspace


def findings_of(workspace: Workspace, paths: list[str]) -> dict[str, tuple[Finding, ...]]:
    analysis = workspace.snapshot()
    return {path: analysis.findings(path) for path in paths}
