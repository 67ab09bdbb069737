"""Base classes in class headers: where they lead, in words and as definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssot_lsp.ide.definition import definition
from ssot_lsp.ide.hover import hover
from tests.ide.cursor import asked

if TYPE_CHECKING:
    from pathlib import Path

BASES = """\
import unittest


class SSotBaseTestCase(unittest.TestCase): ...


class Ours(SSotBaseTestCase): ...


class Theirs(unittest.TestCase): ...


class Lost(nowhere.Base): ...


Renamed = Ours
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "from bases import Renamed as R\nclass T(<CURSOR>R): ...\n",
            "`bases.Ours` derives from the SSOT base `bases.SSotBaseTestCase`.\n\n"
            "- `bases.Ours` in `bases.py:7`\n- `bases.SSotBaseTestCase` in `bases.py:4`",
            id="the chain to the SSOT base",
        ),
        pytest.param(
            "import bases\nclass T(bases.The<CURSOR>irs): ...\n",
            "`bases.Theirs` derives from `unittest.TestCase`, and from no SSOT base.\n\n"
            "- `bases.Theirs` in `bases.py:10`\n- `unittest.TestCase`",
            id="a chain that leads away",
        ),
        pytest.param(
            "from bases import Lost\nclass T(Lost<CURSOR>): ...\n",
            "Where `bases.Lost` leads is not known: `nowhere` is not defined.\n\n"
            "- `bases.Lost` in `bases.py:13`\n- not known: `nowhere` is not defined",
            id="a chain that is lost",
        ),
        pytest.param(
            "class T(m<CURSOR>ake()): ...\n",
            "Where `make()` leads is not known: the base `make()` is an expression.",
            id="an expression",
        ),
        pytest.param("class T(object): ...\n\n<CURSOR>x = 1\n", None, id="no base at all"),
    ],
)
def test_hover(text: str, expected: str | None, tmp_path: Path) -> None:
    found = hover(*asked(tmp_path, text, {"bases.py": BASES}))

    assert (found.markdown.partition("\n\n---\n\n")[0] if found is not None else None) == expected


def test_definition_is_where_the_class_stands_and_not_where_it_is_renamed(tmp_path: Path) -> None:
    snapshot, path, offset = asked(
        tmp_path, "from bases import Renamed\nclass T(Ren<CURSOR>amed): ...\n", {"bases.py": BASES}
    )

    found = definition(snapshot, path, offset)

    assert found is not None
    (target,) = found.targets
    assert snapshot.text(target.path)[slice(*target.span)] == "Ours"
    assert snapshot.text(target.path)[slice(*target.whole)] == "class Ours(SSotBaseTestCase): ..."
