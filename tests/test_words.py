"""Where a word stands in the bytes of a text, and where only a part of it does."""

from __future__ import annotations

import re

import pytest

from ssot_lsp.words import ENDS_HERE, STARTS_HERE, WORD_BYTES, any_of, encoded, word_starts

TEXTS = [
    pytest.param("Mock", [0], id="alone"),
    pytest.param("Mock.Mock(Mock)", [0, 5, 10], id="as an attribute too"),
    pytest.param("Mocks aMock _Mock Mock_ Mock1 1Mock", [], id="a part of a longer one"),
    pytest.param("éMock Mocké Mock中 \N{GRINNING FACE}Mock", [], id="beside letters beyond ASCII"),
    pytest.param("MockMock MockMock Mock", [18], id="twice without a gap"),
    pytest.param("", [], id="nothing"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_word_is_found_where_it_stands_alone(text: str, expected: list[int]) -> None:
    data = encoded(text)
    assert list(word_starts(data, b"Mock")) == expected
    pattern = re.compile(STARTS_HERE + any_of(["Mock"]) + ENDS_HERE)
    assert [each.start() for each in pattern.finditer(data)] == expected


@pytest.mark.parametrize("text", ["", " ", "a b"])
def test_a_word_without_letters_stands_nowhere(text: str) -> None:
    assert list(word_starts(encoded(text), b"")) == []


def test_bytes_of_words_are_what_patterns_take_them_for() -> None:
    every = [bytes((each,)) for each in range(256)]
    assert [each for each in every if re.match(ENDS_HERE + b".", each, re.DOTALL)] == [
        each for each in every if each not in WORD_BYTES
    ]


def test_of_names_that_start_alike_the_longest_is_found() -> None:
    assert re.findall(any_of(["patch", "patch.object", "a+"]), b"patch.object patch a+ aa") == [
        b"patch.object",
        b"patch",
        b"a+",
    ]
