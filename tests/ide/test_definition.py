"""Definitions: a place in, the text of the line that it leads to out, the name marked."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.definition import definition
from tests.ide.cursor import asked

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from factory import SSotMockFactory\n"
METHOD = ["factory.py: def [create_websocket_mock](user_id: str = USER, *, connection_id: str) -> MagicMock:"]
CLASS = ["factory.py: class [SSotMockFactory]:"]


def led_to(root: Path, text: str, files: dict[str, str] | None = None) -> list[str]:
    """The lines that the cursor leads to."""
    snapshot, path, offset = asked(root, text, files)
    found = definition(snapshot, path, offset)
    shown = []
    for target in found.targets if found is not None else ():
        text, (start, end) = snapshot.text(target.path), target.span
        line = snapshot.lines(target.path).span_of(snapshot.lines(target.path).line_of(start))
        marked = f"{text[line.start : start]}[{text[start:end]}]{text[end : line.end]}".strip()
        shown.append(f"{target.path.removeprefix(f'{root}/')}: {marked}")
    return shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{i}SSotMockFactory.create_web<CURSOR>socket_mock()", METHOD, id="a method"),
        pytest.param("{i}SSotMock<CURSOR>Factory.create_websocket_mock()", CLASS, id="the factory"),
        pytest.param("from factory import SSotMock<CURSOR>Factory", CLASS, id="the factory in its import"),
        pytest.param("from factory import SSotMockFactory as F\nF<CURSOR>()", CLASS, id="an alias"),
        pytest.param(
            "import doubles\ndoubles.Factory.create_web<CURSOR>socket_mock", METHOD, id="a re-export"
        ),
        pytest.param(
            """
            from doubles import Factory

            class TestIt:
                def setup_method(self):
                    self.mock_factory = Factory()

                def test_it(self):
                    self.mock_factory.create_web<CURSOR>socket_mock(
            """,
            METHOD,
            id="an attribute of self, brackets open",
        ),
        pytest.param(
            "{i}ws = SSotMockFactory.create_websocket_mock()\nws.send<CURSOR>_json",
            ["factory.py: socket.[send_json] = AsyncMock(return_value=True)"],
            id="what a method sets",
        ),
        pytest.param(
            "{i}ws = SSotMockFactory.create_websocket_mock()\nws.connection<CURSOR>_id",
            ["factory.py: socket = MagicMock(user_id=user_id, [connection_id]=connection_id)"],
            id="what a method sets by keyword",
        ),
        pytest.param(
            "{i}ws = SSotMockFactory.create_websocket_mock()\nws.close<CURSOR>", [], id="what it does not"
        ),
        pytest.param("{i}ws = SSotMockFactory.create_websocket_mock()\nw<CURSOR>s", [], id="a local name"),
        pytest.param("{i}SSotMockFactory.create_web<CURSOR>socket()", [], id="an unknown method"),
        pytest.param(
            "{i}SSotMockFactory.create_mock('web<CURSOR>socket')",
            ['factory.py: if mock_type not in ("agent", "[websocket]"):'],
            id="a string of a closed set",
        ),
        pytest.param(
            "{i}SSotMockFactory.create_mock('noth<CURSOR>ing')", [], id="a string that is none of it"
        ),
        pytest.param("{i}SSotMockFactory.create_websocket_mock('agen<CURSOR>t')", [], id="any other string"),
        pytest.param(
            "from bases import SSotBaseTestCase\nclass TestIt(SSotBase<CURSOR>TestCase): ...",
            ["bases.py: class [SSotBaseTestCase](Mixin):"],
            id="a base class",
        ),
        pytest.param("from bases import Mixin\nclass TestIt(Mix<CURSOR>in): ...", [], id="any other class"),
        pytest.param("import os\nos.path.jo<CURSOR>in", [], id="the library"),
    ],
)
def test_definitions(text: str, expected: list[str], tmp_path: Path) -> None:
    files = {
        "doubles.py": "from factory import SSotMockFactory as Factory\n",
        "bases.py": "class Mixin: ...\n\n\nclass SSotBaseTestCase(Mixin):\n    x = 1\n",
    }
    assert led_to(tmp_path, textwrap.dedent(text).replace("{i}", IMPORT), files) == expected


def test_the_whole_of_what_is_led_to_is_known(tmp_path: Path) -> None:
    snapshot, path, offset = asked(tmp_path, f"{IMPORT}SSotMockFactory.create<CURSOR>_mock('agent')\n")
    found = definition(snapshot, path, offset)
    assert found is not None
    assert snapshot.text(path)[found.span.start : found.span.end] == "create_mock"
    (target,) = found.targets
    whole = snapshot.text(target.path)[target.whole.start : target.whole.end]
    assert whole.startswith("@staticmethod\n    def create_mock(")
    assert whole.endswith("return MagicMock()")
