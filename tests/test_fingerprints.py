"""What a finding is about, whatever stands around it and however it is formatted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.fingerprints import Fingerprint, Fingerprints, construct
from ssot_lsp.source import Source
from ssot_lsp.text import Span


def of(text: str) -> Fingerprint:
    """The fingerprint of what stands between `«` and `»`, which are taken out."""
    start, end = text.index("«"), text.index("»") - 1
    text = text.replace("«", "").replace("»", "")
    return Fingerprints(Source.parse(text)).of([Span(start, end)])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("x = «Mock»()", "x=Mock()", id="a call with what it is assigned to"),
        pytest.param("x: Mock = «Mock»()", "x=Mock()", id="an annotation says nothing"),
        pytest.param("x = (\n    «Mock»()\n)", "x=Mock()", id="brackets around it say nothing"),
        pytest.param("self.x[0].y = «Mock»()", "self.x[0].y=Mock()", id="an attribute path"),
        pytest.param("f(a, b=«Mock»())", "b=Mock()", id="a keyword"),
        pytest.param("if x == «Mock»():", "Mock()", id="a comparison is no assignment"),
        pytest.param("x = «Mock»( a = 1 , # why\n  b = [1, 2, ], )", "x=Mock(a=1,b=[1,2])", id="layout"),
        pytest.param("«patch»('a.b')", 'patch("a.b")', id="quotation marks"),
        pytest.param("«patch»('a\"b')", "patch('a\"b')", id="quotation marks that matter"),
        pytest.param('«patch»("""a\n  # b""")', 'patch("""a\n  # b""")', id="what is in a string stays"),
        pytest.param("«Mock»(a=lambda x: not x)", "Mock(a=lambda x:not x)", id="words stay apart"),
        pytest.param("«Mock»\n(a)", "Mock", id="brackets on the next line are no arguments"),
        pytest.param("«Mock»().x(1)", "Mock()", id="the call and no more"),
        pytest.param("«Mock»(a(b)[c], {1: 2})", "Mock(a(b)[c],{1:2})", id="brackets in brackets"),
        pytest.param("def «test_a»(self, x=1):", "test_a", id="a definition's parameters say nothing"),
        pytest.param("class A(«b . C»):", "b.C", id="a base class"),
        pytest.param("«#  Mock  justification: x»", "# Mock justification: x", id="a comment"),
        pytest.param("x = 1  # ssot: ignore[«a», b]", "a", id="a name in a comment"),
        pytest.param("x = «Mock»(a,", "x=Mock(a,", id="half of a call"),
        pytest.param("«Mock»('a", "Mock('a", id="half of a string"),
    ],
)
def test_constructs(text: str, expected: str) -> None:
    assert of(text).construct == expected


def test_a_long_construct_is_cut_and_stays_itself() -> None:
    one, other = (of(f"x = «Mock»({'a' * 500}{letter})").construct for letter in "bc")
    assert one[:90] == other[:90] == f"x=Mock({'a' * 83}"
    assert one != other
    assert len(one) < 120


def test_a_call_without_end_is_read_so_far_and_no_further() -> None:
    text = "Mock(" + "a, " * 100_000
    assert len(construct(text, Span(0, 4))) < 120


DOC = """
def test_text():
    text = "a\\" + 'b' + r"c"
    more = '''
def other():
    pass
'''
    z = Mock()
"""
CASE = """\
class TestPay(Base):
    x = «Mock»()

    @patch(
        "a",
        new=«Mock»(),
    )
    @«patch»("b")
    async def test_pay(self, a=«Mock»()):
        x = «Mock»()
        def inner():
            return «Mock»()
        if x:
            y = «Mock»()

    def «test_more»(self): return «Mock»()

class Late(«TestCase»):
    pass

«Mock»()
"""


def test_definitions() -> None:
    text = CASE.replace("«", "").replace("»", "")
    parts = CASE.split("«")
    found = []
    at = len(parts[0])
    fingerprints = Fingerprints(Source.parse(text))
    for part in parts[1:]:
        word = part.partition("»")[0]
        found.append(fingerprints.of([Span(at, at + len(word))])[0].definition)
        at += len(part) - 1
    assert found == [
        "TestPay",
        "TestPay.test_pay",
        "TestPay.test_pay",
        "TestPay.test_pay",
        "TestPay.test_pay",
        "TestPay.test_pay.inner",
        "TestPay.test_pay",
        "TestPay.test_more",
        "TestPay.test_more",
        "Late",
        "",
    ]


def test_code_in_a_string_defines_nothing() -> None:
    text = 'def test_a():\n    x = """\ndef other():\n    pass\n"""\n    «Mock»()\n'
    assert of(text).definition == "test_a"


def test_a_bracket_that_is_missing_elsewhere_moves_no_definition() -> None:
    text = "def test_a():\n    pay((1, 2)\n\n\ndef test_b():\n    x = «Mock»()\n"
    assert of(text) == Fingerprint("test_b", "x=Mock()")


PLACES = (
    "x = Mock()\n",
    "    y = Mock()",
    "def test_b",
    "class A",
    "\n",
    "        pass\n",
    '"',
    "'",
    "#",
    "@",
    "(",
    ")",
    "\\",
)
WORDS = (
    *("r", "f", "de", "def", "class", "x", "as", "async", "0", "_", " ", "ä", '"""'),
    *("\n", "\n    ", "\n        ", "    ", "\t"),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.integers(0, 9), st.sampled_from(WORDS), st.booleans()),
        max_size=8,
    )
)
def test_what_is_carried_over_from_the_version_before_is_what_is_found_anew(
    edits: list[tuple[str, int, str, bool]],
) -> None:
    text = CASE.replace("«", "").replace("»", "") + DOC
    before = Fingerprints(Source.parse(text))
    for place, number, word, is_taken in edits:
        at = len(place.join(text.split(place)[: 1 + number % max(1, text.count(place))]))
        text = text[:at] + ("" if is_taken else word) + text[at + is_taken :]
        source = Source.parse(text)
        now, anew = Fingerprints(source, before), Fingerprints(source)
        spans = [Span(each.start(), each.end()) for each in re.finditer("Mock|patch|pass|close", text)]
        assert now.of(spans) == anew.of(spans)
        before = now


@pytest.mark.parametrize(
    ("start", "end", "word", "by", "is_kept"),
    [
        pytest.param(19, 19, "yes", 3, True, id="a word far above"),
        pytest.param(947, 948, "2", 0, True, id="a word far below"),
        pytest.param(943, 943, "'", 0, False, id="a quotation mark"),
        pytest.param(28, 28, "\n    ", 5, True, id="a blank line far above"),
        pytest.param(948, 948, "\n", 0, True, id="a blank line far below"),
        pytest.param(5, 5, "more", 4, False, id="the name of a definition"),
    ],
)
def test_what_is_known_is_taken_over_where_a_word_alone_changes(
    monkeypatch: pytest.MonkeyPatch, start: int, end: int, word: str, by: int, *, is_kept: bool
) -> None:
    text = (
        "def test_a():\n    a = 1\n"
        + "    pass\n" * 50
        + "    x = Mock()\n"
        + "    pass\n" * 50
        + "    y = 1\n"
    )
    span = Span(text.index("Mock"), text.index("Mock") + 4)
    before = Fingerprints(Source.parse(text))
    (known,) = before.of([span])
    anew: list[Span] = []

    def find(_: Fingerprints, span: Span) -> Fingerprint:
        anew.append(span)
        return Fingerprint("", "")

    monkeypatch.setattr(Fingerprints, "_find", find)

    after = Fingerprints(Source.parse(text[:start] + word + text[end:]), before)

    assert (after.of([span.shift(by)]) == [known]) == is_kept
    assert bool(anew) != is_kept
