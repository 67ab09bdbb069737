"""Hovers: a place in, Markdown out."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.hover import hover
from tests.ide.cursor import asked

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from factory import SSotMockFactory\n"
WEBSOCKET = """\
```python
SSotMockFactory.create_websocket_mock(
    user_id: str = USER,
    *,
    connection_id: str,
) -> MagicMock
```

Create a websocket.

It is open.

- product: MagicMock
- isolation: `user_id` (`"test-user"` unless given), `connection_id` (must be given)
- `.user_id` = `"test-user"` from `user_id`
- `.connection_id` from `connection_id`
- `.send_json` async
- `.send_json()` = `True`
- defined in `factory.py:10`"""


def shown(root: Path, text: str, files: dict[str, str] | None = None) -> str | None:
    """What hovers at the cursor, but for what is said of findings there after something else."""
    found = hover(*asked(root, text, files))
    return found.markdown.partition("\n\n---\n\n")[0] if found is not None else None


def test_a_method_is_shown_with_all_that_it_configures(tmp_path: Path) -> None:
    assert shown(tmp_path, f"{IMPORT}SSotMockFactory.create_web<CURSOR>socket_mock()\n") == WEBSOCKET


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "{i}SSotMockFactory.create_websocket_mock<CURSOR>(", id="behind the name, brackets open"
        ),
        pytest.param("{i}SSotMockFactory.<CURSOR>create_websocket_mock", id="before the name, no call"),
        pytest.param(
            "from factory import SSotMockFactory as F\nF().create_web<CURSOR>socket_mock()", id="an alias"
        ),
        pytest.param(
            """
            import factory

            class TestIt:
                def setup_method(self):
                    self.mock_factory = factory.SSotMockFactory()

                def test_it(self):
                    ws = self.mock_factory.create_web<CURSOR>socket_mock(connection_id="c")
            """,
            id="an attribute of self",
        ),
        pytest.param(
            """
            def test_it(doubles: "SSotMockFactory"):
                with doubles.create_web<CURSOR>socket_mock() as ws:
                    def (
            """,
            id="a parameter in a file that does not parse",
        ),
        pytest.param(
            "{i}😀 = 'ü😀'; SSotMockFactory.create_web<CURSOR>socket_mock()", id="behind wide letters"
        ),
    ],
)
def test_a_method_is_known_by_whatever_leads_to_it(text: str, tmp_path: Path) -> None:
    assert shown(tmp_path, textwrap.dedent(text).replace("{i}", IMPORT)) == WEBSOCKET


def test_the_factory_itself_lists_its_methods(tmp_path: Path) -> None:
    assert shown(tmp_path, "from factory import SSotMock<CURSOR>Factory\n") == textwrap.dedent(
        """\
        ```python
        class SSotMockFactory
        ```

        A class that hands out doubles (`factory.py:6`), 3 methods.

        - `create_websocket_mock(user_id: str = USER, *, connection_id: str) -> MagicMock`
        - `async create_agent_mock(name, /, *tools, **options)`
        - `create_mock(mock_type, **kwargs)`"""
    )


def test_an_unknown_method_is_told_what_was_meant(tmp_path: Path) -> None:
    found = shown(tmp_path, f"{IMPORT}SSotMockFactory.create_mock_web<CURSOR>socket()\n")
    assert found is not None
    assert found.startswith(
        "`SSotMockFactory` has no method `create_mock_websocket`.\n\nDid you mean?\n\n"
        "```python\nSSotMockFactory.create_websocket_mock("
    )


def test_of_a_factory_that_cannot_be_read_nothing_is_called_unknown(tmp_path: Path) -> None:
    text = "from lib import SSotMockFactory\nSSotMockFactory.create_mock_web<CURSOR>socket()\n"
    assert shown(tmp_path, text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "await ws.send<CURSOR>_json({})",
            "`.send_json` of the double that `SSotMockFactory.create_websocket_mock` makes\n\n"
            "- async: it has to be awaited\n- a call gives `True`",
            id="an attribute that is set",
        ),
        pytest.param(
            "ws.user<CURSOR>_id",
            "`.user_id` of the double that `SSotMockFactory.create_websocket_mock` makes\n\n"
            '- a value\n- `"test-user"` unless given\n- from the parameter `user_id`',
            id="an attribute that comes from a parameter",
        ),
        pytest.param("ws.close<CURSOR>()", None, id="an attribute that is not set"),
        pytest.param("ws.send_json.assert<CURSOR>_called_once()", None, id="what every mock has"),
        pytest.param(
            "w<CURSOR>s", f"`ws` comes from `SSotMockFactory.create_websocket_mock`\n\n{WEBSOCKET}", id="it"
        ),
    ],
)
def test_a_double_tells_where_it_comes_from(text: str, expected: str | None, tmp_path: Path) -> None:
    before = (
        f"{IMPORT}async def check():\n    ws = SSotMockFactory.create_websocket_mock(connection_id='c')\n    "
    )
    assert shown(tmp_path, f"{before}{text}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "create_websocket_mock(user_<CURSOR>id='a', connection_id='c')",
            "```python\nuser_id: str = USER\n```\n\nA parameter of `SSotMockFactory.create_websocket_mock`\n\n"
            '- keeps users apart: `"test-user"` unless given\n- sets `.user_id`',
            id="one that is set",
        ),
        pytest.param(
            "create_websocket_mock(connection_id=<CURSOR>'c')", None, id="the value, which is another matter"
        ),
        pytest.param("create_websocket_mock(con<CURSOR>nection='c')", None, id="one that there is not"),
        pytest.param("create_mock('agent', na<CURSOR>me='c')", None, id="one that `**kwargs` swallow"),
    ],
)
def test_a_keyword_of_a_call_tells_what_it_sets(text: str, expected: str | None, tmp_path: Path) -> None:
    found = shown(tmp_path, f"{IMPORT}SSotMockFactory.{text}\n")
    assert (found if found is not None and "A parameter of" in found else None) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{i}x = 1\nx<CURSOR>\n", id="another name"),
        pytest.param("{i}'SSotMockFactory.create_web<CURSOR>socket_mock'\n", id="a string"),
        pytest.param("{i}# SSotMockFactory.create_web<CURSOR>socket_mock\n", id="a comment"),
        pytest.param("{i}f(create_web<CURSOR>socket_mock=1)\n", id="a keyword"),
        pytest.param("def create_web<CURSOR>socket_mock(): ...\n", id="a function of that name"),
        pytest.param("<CURSOR>", id="an empty file"),
    ],
)
def test_of_other_names_nothing_is_said(text: str, tmp_path: Path) -> None:
    assert shown(tmp_path, text.replace("{i}", IMPORT)) is None


def test_a_squiggle_tells_the_way_of_the_name_and_what_would_do_instead(tmp_path: Path) -> None:
    found = shown(
        tmp_path,
        """
        from doubles import *

        def test_it():
            websocket = Dou<CURSOR>ble()
            websocket.send_json.assert_called_once()
        """,
        {
            "doubles.py": "from deeper.mocks import M as Double\n",
            "deeper/__init__.py": "",
            "deeper/mocks.py": "from unittest import mock\nM = mock.MagicMock\n",
        },
    )
    assert found is not None
    why = found.split("\n\n")
    assert why[1:] == [
        (
            "`Double` is `unittest.mock.MagicMock`: line 1 has `from doubles import *`, "
            "`doubles.py:1` has `from deeper.mocks import M as Double`, "
            "`deeper/mocks.py:2` has `M = mock.MagicMock`, "
            "`deeper/mocks.py:1` has `from unittest import mock`."
        ),
        (
            "No `# Mock justification: reason` stands above or behind the statement, and neither the function nor a class "
            "around it has one or is `@mock_justified`."
        ),
        (
            "`SSotMockFactory.create_websocket_mock` fits: it sets `send_json`, which no other method does; "
            "the name `websocket` says “websocket”."
        ),
    ]
