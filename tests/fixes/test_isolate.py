"""Doubles get the user that they belong to."""

from __future__ import annotations

import pytest

from tests.fixes.applying import fixed, fixes

FACTORY = """\
class SSotMockFactory:
    @staticmethod
    def create_ws(connection_id="test-connection", user_id="test-user", thread_id="1"): ...
    @staticmethod
    def create_number(user_id=7): ...
"""
PASS = "missing-user-isolation", "pass-identities"
OWN = "shared-user-identity", "own-identities"


def function(*lines: str, end: str = "\n") -> str:
    """A file with the factory and a test of these lines."""
    text = f"{FACTORY}\ndef test_it(user_id, thread_id):\n" + "".join(f"    {line}\n" for line in lines)
    return text.replace("\n", end)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            ["x = SSotMockFactory.create_ws()"],
            ["x = SSotMockFactory.create_ws(user_id=user_id, thread_id=thread_id)"],
            id="no argument",
        ),
        pytest.param(
            ["x = SSotMockFactory.create_number( )"],
            ["x = SSotMockFactory.create_number( user_id=user_id)"],
            id="blanks between the brackets",
        ),
        pytest.param(
            ["SSotMockFactory.create_number(", "    # nothing", ")"],
            ["SSotMockFactory.create_number(", "    # nothing", "user_id=user_id)"],
            id="a comment between the brackets",
        ),
    ],
)
def test_identities_in_scope_are_passed(before: list[str], after: list[str]) -> None:
    assert fixed(function(*before), *PASS) == function(*after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            ["SSotMockFactory.create_mix(1, name=2,)"],
            ["SSotMockFactory.create_mix(1, name=2, user_id=user_id,)"],
            id="behind the others",
        ),
        pytest.param(
            ["SSotMockFactory.create_mix(", "    1,", "    name=2,  # two", ")"],
            ["SSotMockFactory.create_mix(", "    1,", "    name=2,", "    user_id=user_id,  # two", ")"],
            id="on a line of its own",
        ),
        pytest.param(
            ["SSotMockFactory.create_mix(", "    1,", "    name=2", ")"],
            ["SSotMockFactory.create_mix(", "    1,", "    name=2,", "    user_id=user_id", ")"],
            id="without a comma at the end",
        ),
    ],
)
@pytest.mark.parametrize("end", [pytest.param("\n", id="LF"), pytest.param("\r\n", id="CRLF")])
def test_other_arguments_stay(before: list[str], after: list[str], end: str) -> None:
    method = "    @staticmethod\n    def create_mix(one, name, user_id='x'): ...\n".replace("\n", end)
    start = FACTORY.replace("\n", end)

    def text(lines: list[str]) -> str:
        return start + method + function(*lines, end=end).removeprefix(start)

    assert fixed(text(before), *PASS) == text(after)


def test_another_user_shows_the_way() -> None:
    before = FACTORY + (
        "def test_it():\n"
        "    ws_a = SSotMockFactory.create_ws(user_id='user-a')\n"
        "    ws_b = SSotMockFactory.create_ws()\n"
    )
    (offer, *_) = fixes(before, PASS[0])

    assert (offer.title, offer.kind) == ("Give `ws_b` the `user_id` `'user-b'`", "review")
    assert fixed(before, *PASS) == before.replace("create_ws()", "create_ws(user_id='user-b')")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            ["ws_a = SSotMockFactory.create_ws()", "ws_b = SSotMockFactory.create_ws()"],
            [
                'ws_a = SSotMockFactory.create_ws(user_id="test-user-a")',
                'ws_b = SSotMockFactory.create_ws(user_id="test-user-b")',
            ],
            id="the default",
        ),
        pytest.param(
            [f"user_{n}_ws = SSotMockFactory.create_ws('c{n}', 'user-1')" for n in (1, 2)],
            [f"user_{n}_ws = SSotMockFactory.create_ws('c{n}', 'user-{n}')" for n in (1, 2)],
            id="a literal that is the first one's",
        ),
        pytest.param(
            [f"user{n} = SSotMockFactory.create_ws(user_id='user1')" for n in (1, 2)],
            [f"user{n} = SSotMockFactory.create_ws(user_id='user{n}')" for n in (1, 2)],
            id="a number without anything between",
        ),
        pytest.param(
            [f"ws_{n} = SSotMockFactory.create_ws(user_id='ada')" for n in "abc"],
            [f"ws_{n} = SSotMockFactory.create_ws(user_id='ada-{n}')" for n in "abc"],
            id="three users, a name that ends like a marker",
        ),
        pytest.param(
            [f"ws_{n} = SSotMockFactory.create_number()" for n in (1, 2)],
            [f"ws_{n} = SSotMockFactory.create_number(user_id={n})" for n in (1, 2)],
            id="numbers",
        ),
        pytest.param(
            [
                "alice = SSotMockFactory.create_ws(user_id='ada')",
                "bob = SSotMockFactory.create_ws('c', 'ada')",
            ],
            [
                "alice = SSotMockFactory.create_ws(user_id='ada-alice')",
                "bob = SSotMockFactory.create_ws('c', 'ada-bob')",
            ],
            id="people",
        ),
    ],
)
def test_each_user_gets_an_identity(before: list[str], after: list[str]) -> None:
    start = f"{FACTORY}\ndef test_it():\n"

    def text(lines: list[str]) -> str:
        return start + "".join(f"    {line}\n" for line in lines)

    assert fixed(text(before), *OWN) == text(after)


def test_title_names_all_who_share() -> None:
    text = f"{FACTORY}\ndef test_it():\n" + "".join(
        f"    ws_{n} = SSotMockFactory.create_ws()\n" for n in "abc"
    )

    (offer, *_) = fixes(text, OWN[0])

    assert (offer.title, offer.kind) == ("Give `ws_a`, `ws_b` and `ws_c` a `user_id` each", "review")
