"""What goes around the one place for something is replaced by it, where the configuration says how."""

from __future__ import annotations

import pytest

from ssot_lsp.config import Replacement
from ssot_lsp.fixes import Withdrawn
from tests.fixes.applying import fixed, fixes

RULE, MAKER = "bypassed-ssot", "use-replacement"
CALLS = {"docker.from_env": Replacement("shared.containers.start", same_call=True)}
OF_SELF = {"patch.dict(os.environ)": Replacement("self.temp_env", same_call=True)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "import docker\n\ndocker.from_env(1)\n",
            "from shared.containers import start\n\nstart(1)\n",
            id="the import goes with it",
        ),
        pytest.param(
            "import docker\n\ndocker.from_env(1)\ndocker.x\n",
            "import docker\nfrom shared.containers import start\n\nstart(1)\ndocker.x\n",
            id="an import that is still used stays",
        ),
        pytest.param(
            "from docker import errors, from_env\nfrom shared.containers import stop\n\nfrom_env()\n",
            "from docker import errors\nfrom shared.containers import start, stop\n\nstart()\n",
            id="imports of several names",
        ),
        pytest.param(
            "import docker\nfrom shared.containers import start\n\nstart(docker.from_env(1))\n",
            "from shared.containers import start\n\nstart(start(1))\n",
            id="imported already",
        ),
        pytest.param(
            "import docker\r\n\r\ndocker.from_env(\r\n    1,\r\n)\r\n",
            "from shared.containers import start\r\n\r\nstart(\r\n    1,\r\n)\r\n",
            id="other line ends",
        ),
        pytest.param(
            "import docker\n\n@docker.from_env\ndef f(): ...\n",
            "from shared.containers import start\n\n@start\ndef f(): ...\n",
            id="a decorator",
        ),
    ],
)
def test_a_call_is_replaced(before: str, after: str) -> None:
    assert fixed(before, RULE, MAKER, replacements=CALLS) == after


def test_what_belongs_to_the_test_needs_no_import() -> None:
    before = (
        "import os\nfrom unittest.mock import patch\n\nclass T:\n    def test_it(self):\n"
        "        with patch.dict(os.environ, A='1'):\n            pass\n"
    )

    assert fixed(before, RULE, MAKER, replacements=OF_SELF) == (
        "import os\n\nclass T:\n    def test_it(self):\n"
        "        with self.temp_env(os.environ, A='1'):\n            pass\n"
    )


@pytest.mark.parametrize(
    ("text", "replacements"),
    [
        pytest.param(
            "import docker\ndocker.from_env()\n",
            {"docker.from_env": Replacement("a.b")},
            id="another call form",
        ),
        pytest.param(
            "from docker import from_env\nx = from_env\n",
            CALLS,
            id="an import, of which the uses are not known",
        ),
        pytest.param(
            "import os\nfrom unittest.mock import patch\npatch.dict(os.environ)\n",
            OF_SELF,
            id="nothing is `self`",
        ),
    ],
)
def test_no_edit_is_offered(text: str, replacements: dict[str, Replacement]) -> None:
    assert [each.maker for each in fixes(text, RULE, replacements=replacements)] == ["suppress"]


def test_a_name_that_is_taken_is_left_alone() -> None:
    text = "import docker\n\nstart = 1\ndocker.from_env()\n"

    with pytest.raises(Withdrawn, match="`start` is something else in this file"):
        fixed(text, RULE, MAKER, replacements=CALLS)


def test_a_replacement_is_for_review() -> None:
    fix = fixes("import docker\ndocker.from_env()\n", RULE, replacements=CALLS)[0]

    assert (fix.title, fix.kind) == ("Use `start`, which `replacements` names", "review")
