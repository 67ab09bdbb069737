"""What is known is hidden, what is new is not, whatever happens around it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lsp.analysis import Workspace
from ssot_lsp.baseline import Baseline, BaselineError, Key, parse
from ssot_lsp.files import Files, SourceText, Stamp

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from ssot_lsp.finding import Finding

ROOT = "/w"
PATH = "/w/.ssot-baseline.json"


def key(construct: str, definition: str = "test_a") -> Key:
    return Key("unjustified-mock", definition, construct)


def baseline(entries: Mapping[str, Mapping[str, int]]) -> Baseline:
    return Baseline(
        PATH,
        ROOT,
        {name: {key(each): count for each, count in counts.items()} for name, counts in entries.items()},
    )


def hidden(known: Baseline, name: str, constructs: str, there: Sequence[str]) -> str:
    """Which of the constructs, a letter each, are hidden in the file `name`, while the files `there` are."""
    paths = {f"{ROOT}/{each}" for each in there}
    keys = [key(each) for each in constructs]
    found = known.hides(f"{ROOT}/{name}", keys, paths.__contains__)
    return "".join(each for each, is_hidden in zip(constructs, found, strict=True) if is_hidden)


class TestHiding:
    def test_as_many_as_the_entry_says_the_first_ones(self) -> None:
        known = baseline({"a.py": {"x": 2, "y": 1}})
        assert known.hides("/w/a.py", [key(each) for each in "xyxx"], lambda _: True) == [
            True,
            True,
            True,
            False,
        ]

    def test_another_rule_or_definition_is_another_finding(self) -> None:
        known = baseline({"a.py": {"x": 1}})
        others = [key("x", "test_b"), Key("weak-justification", "test_a", "x")]
        assert known.hides("/w/a.py", others, lambda _: True) == [False, False]

    def test_another_file_is_another_one_while_the_first_is_there(self) -> None:
        known = baseline({"a.py": {"x": 1}})
        assert hidden(known, "b.py", "x", there=["a.py", "b.py"]) == ""

    def test_a_renamed_file_takes_its_entries_along(self) -> None:
        known = baseline({"a.py": {"x": 1, "y": 1, "z": 1}, "c.py": {"n": 1}})
        assert hidden(known, "b.py", "xyn", there=["b.py", "c.py"]) == "xy"

    def test_a_file_that_has_little_of_another_is_not_that_one_renamed(self) -> None:
        known = baseline({"a.py": {"x": 1, "y": 1, "z": 1}})
        assert hidden(known, "b.py", "xn", there=["b.py"]) == ""

    def test_what_was_renamed_hides_each_finding_once(self) -> None:
        known = baseline({"a.py": {"x": 1}})
        assert hidden(known, "b.py", "xx", there=["b.py"]) == "x"

    def test_two_files_that_became_one(self) -> None:
        known = baseline({"a.py": {"x": 1, "y": 1}, "c.py": {"x": 1, "z": 1}})
        assert hidden(known, "b.py", "xxxyz", there=["b.py"]) == "xxyz"

    def test_no_finding_no_question(self) -> None:
        asked: list[str] = []

        def is_there(path: str) -> bool:
            asked.append(path)
            return True

        assert baseline({"a.py": {"x": 1}}).hides("/w/b.py", [], is_there) == []
        assert asked == []


class TestUpdating:
    def updated(
        self, known: Baseline, found: Mapping[str, str], *, grows: bool = False, unread: str = ""
    ) -> str:
        """The findings of each file afterwards: `a.py: xy, b.py: z`."""
        paths = {f"{ROOT}/{name}" for name in found}
        keys = {
            f"{ROOT}/{name}": [key(each) for each in constructs]
            for name, constructs in found.items()
            if constructs
        }
        after = known.updated(
            keys, lambda path: not path.endswith(unread or "-"), paths.__contains__, grows=grows
        )
        return ", ".join(
            f"{name}: {''.join(sorted(each.construct * count for each, count in counts.items()))}"
            for name, counts in sorted(after.entries.items())
        )

    def test_what_is_gone_goes(self) -> None:
        known = baseline({"a.py": {"x": 2, "y": 1}, "b.py": {"z": 1}})
        assert self.updated(known, {"a.py": "x", "b.py": ""}) == "a.py: x"

    def test_what_is_new_stays_out_unless_it_is_asked_for(self) -> None:
        known = baseline({"a.py": {"x": 1}})
        assert self.updated(known, {"a.py": "xxn", "b.py": "m"}) == "a.py: x"
        assert self.updated(known, {"a.py": "xxn", "b.py": "m"}, grows=True) == "a.py: nxx, b.py: m"

    def test_a_renamed_file_is_known_by_its_new_name(self) -> None:
        known = baseline({"a.py": {"x": 1, "y": 1}})
        assert self.updated(known, {"b.py": "xy"}) == "b.py: xy"

    def test_of_two_copies_of_a_renamed_file_one_is_known(self) -> None:
        known = baseline({"a.py": {"x": 1, "y": 1}})
        assert self.updated(known, {"b.py": "xy", "c.py": "xy"}) == "b.py: xy"

    def test_what_nobody_could_look_into_stays(self) -> None:
        known = baseline({"a.py": {"x": 1}, "b.py": {"y": 1}})
        assert self.updated(known, {"a.py": "x", "b.py": ""}, unread="b.py") == "a.py: x, b.py: y"

    def test_a_file_that_is_gone_goes_even_so(self) -> None:
        assert self.updated(baseline({"a.py": {"x": 1}}), {}, unread="a.py") == ""


class TestText:
    def test_an_entry_a_line_sorted_and_free_of_its_neighbours(self) -> None:
        known = baseline({"b.py": {"y": 1, "x": 2}, "ä.py": {"\udcff": 1}})
        assert known.text() == (
            '{"version": 1, "root": ".", "findings": [\n'
            '["b.py", "unjustified-mock", "test_a", "x", 2],\n'
            '["b.py", "unjustified-mock", "test_a", "y", 1],\n'
            '["\\u00e4.py", "unjustified-mock", "test_a", "\\udcff", 1],\n'
            "null]}\n"
        )
        assert parse(PATH, ROOT, known.text().encode()) == known

    def test_an_empty_one(self) -> None:
        assert json.loads(baseline({}).text()) == {"version": 1, "root": ".", "findings": [None]}

    def test_both_sides_of_a_merge_may_have_shrunk(self) -> None:
        lines = baseline({"a.py": {"x": 3}}).text().splitlines(keepends=True)
        merged = [lines[0], lines[1], lines[1].replace("3", "2"), lines[2]]
        assert parse(PATH, ROOT, "".join(merged).encode()) == baseline({"a.py": {"x": 2}})

    def test_carriage_returns_are_no_content(self) -> None:
        known = baseline({"a.py": {"x": 3}})
        assert parse(PATH, ROOT, known.text().replace("\n", "\r\n").encode()) == known

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param(
                "", "/w/.ssot-baseline.json:1: the baseline is damaged, it is no JSON", id="nothing"
            ),
            pytest.param(
                "\n[1,", "/w/.ssot-baseline.json:2: the baseline is damaged, it is no JSON", id="half"
            ),
            pytest.param(
                "\xff", "/w/.ssot-baseline.json: the baseline is damaged, it is no JSON", id="other bytes"
            ),
            pytest.param(
                "[" * 100_000, "/w/.ssot-baseline.json: the baseline is damaged, it is no JSON", id="deep"
            ),
            pytest.param(
                "[]",
                "/w/.ssot-baseline.json: the baseline is damaged, it does not say what it holds",
                id="a list",
            ),
            pytest.param(
                '{"version": 1, "root": "."}',
                "/w/.ssot-baseline.json: the baseline is damaged, it does not say what it holds",
                id="no findings",
            ),
            pytest.param(
                '{"version": 2, "other": 1}',
                "/w/.ssot-baseline.json: the baseline was written by a newer ssot-lsp (version 2, this one reads 1)",
                id="a newer version",
            ),
            pytest.param(
                '{"version": 1, "root": "../other", "findings": []}',
                "/w/.ssot-baseline.json: the baseline was written for /other, and not for /w",
                id="another root",
            ),
            pytest.param(
                '{"version": 1, "root": ".", "findings": [\n["a.py", "r", "d", "c", 1],\n["a.py", "r", "d", "c", 0],\nnull]}',
                "/w/.ssot-baseline.json:3: the baseline is damaged, this is no entry",
                id="no count",
            ),
            pytest.param(
                '{"version": 1, "root": ".", "findings": [\n["a.py", "r", "d", "c", true],\nnull]}',
                "/w/.ssot-baseline.json:2: the baseline is damaged, this is no entry",
                id="no number",
            ),
            pytest.param(
                '{"version": 1, "root": ".", "findings": [\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\nnull]}',
                "/w/.ssot-baseline.json:2: there is a merge conflict in the baseline: keep the lines of both sides,"
                " then run `ssot-lsp baseline --update`",
                id="a merge conflict",
            ),
        ],
    )
    def test_what_cannot_be_used(self, text: str, message: str) -> None:
        with pytest.raises(BaselineError) as error:
            parse(PATH, ROOT, text.encode("latin-1"))
        assert str(error.value) == message


# --- over real text

# Each as it is and as a formatter, or somebody with another taste, leaves it. At `~` a statement may come.
FUNCTIONS = (
    (
        "def test_pay():\n~    gateway = Mock()\n~    gateway.pay = Mock()\n~    assert pay(gateway)\n~",
        "def test_pay() -> None:\n~    gateway = Mock(  )  # why\n~    gateway.pay = Mock( )\n~    assert pay(gateway)\n",
        1,
    ),
    (
        "def test_refund():\n~    gateway = Mock(spec=Gateway)\n    m = Mock()\n~    m = Mock()\n",
        "def test_refund(\n):\n    gateway = Mock(\n        spec=Gateway,\n    )\n~    m: Mock = Mock()\n    m = (Mock())\n~",
        3,
    ),
    (
        """\
class TestShop:
    def setup_method(self):
        self.shop = MagicMock()

    @patch('shop.pay')
    def test_shop(self, pay):
        with patch('shop.close') as close:
            close()
""",
        """\
class TestShop(object):
    @patch("shop.pay")
    def test_shop(self, pay, more=None):
        # what is closed
        with patch("shop.close") as close:
            close()

    def setup_method(self):
        self.other = 1
        self.shop = MagicMock()
""",
        3,
    ),
    (
        "@patch('a.b')\n@patch(\n    'c.d',\n)\ndef test_two(d, b):\n~    pass\n",
        '@patch("a.b")\n@patch("c.d")\ndef test_two(d, b):\n    pass\n~',
        2,
    ),
    (
        "@pytest.fixture\ndef bank():\n~    return AsyncMock(\n        pay=1,\n    )\n",
        "@pytest.fixture\nasync def bank():\n    return AsyncMock(pay=1)\n",
        1,
    ),
    ("bank = MagicMock()  # the only one\n", "bank = MagicMock()\n", 1),
)
FINDINGS = sum(count for _, _, count in FUNCTIONS)
STATEMENTS = (
    "",
    "    x = 1\n",
    "    # a comment\n",
    "    if pay():\n        x = [\n        ]\n",
    "    send(Real())\n",
)
INSERTED = (
    "\n",
    "# a comment\n",
    "x = 1\n",
    "import os\n",
    "def helper():\n    return 1\n",
    "def test_clean():\n    assert (1, [2, {3: 4}])\n",
    "class TestClean:\n    def test_it(self):\n        pass\n",
    'TEXT = """\ndef no():\n    Mock()\n"""\n',
)
HALF = ("def half(a, (b:\n", "x = [1, (2\n")
# What is made of `NEW` is new: by its name, by where it stands, or by how often it is there.
NEW = (
    "def test_new():\n    a_new_one = Mock()\n",
    "def test_new():\n    gateway = Mock()\n",
    "class TestPay:\n    def test_pay(self):\n        gateway = Mock()\n",
    "class TestMore:\n    @patch('shop.pay')\n    def test_shop(self, pay):\n        pass\n",
    "other_bank = MagicMock()\n",
    "async def test_new():\n    return AsyncMock(pay=1)\n",
)
HEAD = "import pytest\nfrom unittest.mock import AsyncMock, MagicMock, Mock, patch\n"
TEST, RENAMED = "/w/test_it.py", "/w/deep/test_renamed.py"


class Disk(Files):
    """A disk with a test file, perhaps another one, and perhaps a baseline."""

    def __init__(self, files: Mapping[str, str], known: Baseline | None = None) -> None:
        self.files = {path: text.encode() for path, text in files.items()}
        if known is not None:
            self.files[PATH] = known.text().encode()

    def read(self, path: str) -> SourceText:
        return SourceText(self.files[path].decode())

    def bytes_of(self, path: str) -> bytes:
        return self.files[path]

    def is_file(self, path: str) -> bool:
        return path in self.files

    def is_folder(self, path: str) -> bool:
        return path in {ROOT, "/w/deep"}

    def stamp(self, path: str) -> Stamp | None:
        return Stamp(0, len(self.files[path])) if path in self.files else None

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        return []


def found_in(text: str, known: Baseline, path: str = TEST) -> tuple[Finding, ...]:
    return Workspace(Disk({path: text}, known), [ROOT]).snapshot().findings(path)


def shown(text: str, known: Baseline, path: str = TEST) -> list[str]:
    """The lines of the findings that the baseline does not hide."""
    return [
        text.splitlines()[text.count("\n", 0, each.span.start)]
        for each in found_in(text, known, path)
        if not each.is_baselined
    ]


def baseline_of(text: str) -> Baseline:
    disk = Disk({TEST: text})
    analysis = Workspace(disk, [ROOT]).snapshot()
    findings = analysis.findings(TEST)
    abouts = analysis.fingerprints(TEST, findings)
    keys = [Key(each.rule, *about) for each, about in zip(findings, abouts, strict=True)]
    return Baseline(PATH, ROOT).updated({TEST: keys}, disk.is_file, disk.is_file, grows=True)


@st.composite
def pieces(draw: st.DrawFn, *, only_as_they_are: bool = False) -> list[str]:
    """The functions in any order, each in one of its layouts, with statements in between."""
    drawn = []
    for plain, other, _ in draw(st.permutations(FUNCTIONS)):
        text = plain if only_as_they_are else draw(st.sampled_from((plain, other)))
        while "~" in text:
            text = text.replace("~", "" if only_as_they_are else draw(st.sampled_from(STATEMENTS)), 1)
        drawn.append(text)
    return drawn


def insertions(texts: Sequence[str]) -> st.SearchStrategy[list[tuple[int, str]]]:
    return st.lists(st.tuples(st.integers(0, len(FUNCTIONS)), st.sampled_from(texts)), max_size=6)


def laid_out(drawn: Sequence[str], inserted: Sequence[tuple[int, str]] = ()) -> str:
    lines = [HEAD, *drawn]
    for at, text in inserted:
        lines.insert(1 + at, text)
    return "\n".join(lines)


before = pieces(only_as_they_are=True)
paths = st.sampled_from((TEST, RENAMED))


@given(before, pieces(), insertions(INSERTED), paths)
def test_edits_elsewhere_moves_and_renames_never_bring_a_finding_back(
    old: Sequence[str], new: Sequence[str], inserted: Sequence[tuple[int, str]], path: str
) -> None:
    known = baseline_of(laid_out(old))
    assert known.size == FINDINGS
    assert shown(laid_out(new, inserted), known, path) == []


@given(before, before, insertions(INSERTED + HALF))
def test_what_is_half_typed_elsewhere_never_brings_a_finding_back(
    old: Sequence[str], new: Sequence[str], inserted: Sequence[tuple[int, str]]
) -> None:
    assert shown(laid_out(new, inserted), baseline_of(laid_out(old))) == []


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, list[str]]:
    """The text of a file that has lost some functions and gained others, and the lines that are new in it."""
    removed = draw(st.sets(st.integers(0, len(FUNCTIONS) - 1)))
    added = draw(st.lists(st.sampled_from(NEW), min_size=1, max_size=3, unique=True))
    left = [each for number, each in enumerate(draw(pieces())) if number not in removed]
    at = draw(st.integers(0, len(FUNCTIONS)))
    text = laid_out([*left[:at], *added, *left[at:]], draw(insertions(INSERTED)))
    return text, [line for each in added for line in each.splitlines() if "Mock(" in line or "@patch" in line]


@given(before, changed(), paths)
def test_a_new_one_is_never_hidden_by_the_removal_of_old_ones(
    old: Sequence[str], new: tuple[str, list[str]], path: str
) -> None:
    text, made = new
    still = Counter(shown(text, baseline_of(laid_out(old)), path))
    assert Counter(made) <= still
    if path == TEST:  # a file of another name that has little of the old one is not that one
        assert still == Counter(made)


@given(before, pieces(), st.lists(st.sampled_from(FUNCTIONS), max_size=3), insertions(INSERTED), paths)
def test_it_hides_as_many_as_it_knows(
    old: Sequence[str],
    new: Sequence[str],
    copies: Sequence[tuple[str, str, int]],
    inserted: Sequence[tuple[int, str]],
    path: str,
) -> None:
    known = baseline_of(laid_out(old))
    text = laid_out([*new, *(plain.replace("~", "") for plain, _, _ in copies)], inserted)
    found = found_in(text, known, path)
    assert sum(each.is_baselined for each in found) == FINDINGS
    assert sum(not each.is_baselined for each in found) == sum(count for _, _, count in copies)


@given(before, pieces(), insertions(INSERTED))
def test_a_copy_beside_the_file_is_new(
    old: Sequence[str], new: Sequence[str], inserted: Sequence[tuple[int, str]]
) -> None:
    known = baseline_of(laid_out(old))
    text = laid_out(new, inserted)
    analysis = Workspace(Disk({TEST: laid_out(old), RENAMED: text}, known), [ROOT]).snapshot()
    assert not any(each.is_baselined for each in analysis.findings(RENAMED))
    assert all(each.is_baselined for each in analysis.findings(TEST))
