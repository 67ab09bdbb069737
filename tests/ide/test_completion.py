"""What completes where: the tables of `tests/ide/*/*.md`, a document for each place and kind of factory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.analysis import Workspace
from tests import literate
from tests.ide.completing import CURSOR, FACTORIES, completions, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
EXPECTED = "completions"
MORE = "…"
"""As the last line of a list: others follow."""


def cases() -> Iterator[tuple[str, literate.Case]]:
    for kind in FACTORIES:
        for document in sorted((FOLDER / kind).glob("*.md")):
            for case in literate.parse(document.read_text("utf-8"), f"{kind}/{document.stem}"):
                yield kind, case


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Workspace]]:
    """A workspace for each kind of factory, which the cases share: their files are open and not saved."""
    made = {}
    for kind in FACTORIES:
        root = tmp_path_factory.mktemp(kind)
        lay_out(root, kind)
        made[kind] = (root, Workspace(folders=[str(root)]))
    return made


@pytest.mark.parametrize(("kind", "case"), [pytest.param(*each, id=each[1].id) for each in cases()])
def test_what_completes(roots: dict[str, tuple[Path, Workspace]], kind: str, case: literate.Case) -> None:
    root, workspace = roots[kind]
    folder = root / "tests" / f"case_{case.line}"
    files = {each.name: each.text for each in case.files}
    expected = files.pop(EXPECTED).splitlines()
    if "pyproject.toml" in files:  # settings count when they are saved
        folder = root / f"{case.document.replace('/', '_')}_{case.line}"
        lay_out(folder, kind)
        (folder / "pyproject.toml").write_text(files.pop("pyproject.toml"))
        workspace.changed([str(folder / "pyproject.toml")])
    ((name, text),) = [(name, text) for name, text in files.items() if CURSOR in text]
    beside = [folder / other for other in files if other != name]
    for path in beside:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path.relative_to(folder).as_posix()])
    if beside:
        workspace.changed(map(str, (folder, *beside)))
    try:
        found = completions(workspace, folder / name, text.removesuffix("\n"))
    finally:
        workspace.close(str(folder / name))
    if expected[-1:] == [MORE]:
        assert len(found) >= len(expected)
        found[len(expected) - 1 :] = [MORE]
    assert "\n".join(found) == "\n".join(expected), case.id


def test_each_place_can_be_switched_off(roots: dict[str, tuple[Path, Workspace]]) -> None:
    root, workspace = roots["scaffold"]
    path = root / "tests" / "test_switches.py"
    head = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
    texts = {
        "factoryMethods": f"{head}SSotMockFactory.{CURSOR}",
        "keywordArguments": f"{head}SSotMockFactory.create_tool_mock({CURSOR})",
        "mockTypes": f"{head}SSotMockFactory.create_mock('{CURSOR}')",
        "autoImports": f"import os\nclass TestIt({CURSOR}",
        "factoryCalls": f"{head}mock_websocket = {CURSOR}",
        "justifications": f"# Mock justification: {CURSOR}",
    }
    for place, text in texts.items():
        assert completions(workspace, path, text, places=[place]), place
        assert not completions(workspace, path, text, places=texts.keys() - {place}), place


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"import os\nprint({CURSOR}", id="a bracket of somebody else's call"),
        pytest.param(f"import os\nx = ({CURSOR}", id="a bracket of no call"),
        pytest.param(f"import os\nmock_websocket = '{CURSOR}'", id="a string"),
        pytest.param(f"import os\nos.{CURSOR}", id="an attribute of somebody else"),
        pytest.param(f"import os\nmock_websocket = print({CURSOR})", id="a bracket on the right of a name"),
    ],
)
def test_a_character_that_asks_by_itself_brings_nothing_of_no_concern(
    roots: dict[str, tuple[Path, Workspace]], text: str
) -> None:
    root, workspace = roots["scaffold"]
    assert completions(workspace, root / "tests" / "test_characters.py", text, is_asked=False) == []
