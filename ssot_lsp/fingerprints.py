"""What a finding is about, free of its place: the construct as it is normally written, and the definition around it.

Two findings of one rule are the same finding, at another time or in another place, if these are equal. Lines and
columns play no part, nor do blanks, comments, quotation marks and the commas and line breaks of a formatter.

The definition is found by indentation and not in the tree: a bracket that is missing elsewhere in a half-typed file
moves half of its tree, but no `def`.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.text import Span, common_prefix, common_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.source import Source

_TOKEN = re.compile(
    r"""
    \s+ | \\\r?\n | \#[^\r\n]*
    | (?P<string>[A-Za-z]{0,2}(?:
        \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3} | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' ))
    | (?P<word>\w+) | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ANNOTATED = re.compile(r"\s*([^\s:=]+)[ \t]*:")
_ENDS_TARGET = re.compile(r"[\s,(;]")
_PLAIN_STRING = re.compile(r"([A-Za-z]*)'([^'\"\\]*)'")
_INDENTATION = re.compile(r"[ \t\f]*")
_WORD = re.compile(r"\w*")
_LINE = re.compile(r"[ \t]*\n([ \t]*)")
_NEXT_CODE = re.compile(r"[ \t]*\n(?:[ \t\f]*\n)*([ \t]*)[\w@]")
_OPENS = re.compile(r"[ \t\f]*(?:@|(?:async|def|class)\b)")
_NAME = re.compile(r"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_OPENING, _CLOSING, _QUOTES = frozenset("([{"), frozenset(")]}"), frozenset("\"'")

_LONGEST_LOOKED_AT = 4000  # code points of a call
_LONGEST_TARGET = 200  # code points before a call
_NEAR = 250  # code points behind a name in which most calls end
_LONGEST = 120  # code points of a construct that are kept as they are
_KEPT = 90
# A span as a number: its start in the upper half, its end in the lower one.
_HALF = 32
_END = (1 << _HALF) - 1


class Fingerprint(NamedTuple):
    """What a finding of some rule in some file is about. `definition` is dotted, empty at module level."""

    definition: str
    construct: str


class _Opening(NamedTuple):
    """A line that opens a definition or decorates one."""

    start: int  # of the line, in code points
    indentation: int  # in characters
    name: str  # what it defines; empty for a decorator
    above: int  # the index of the one that it stands in, -1 for none


class Fingerprints:
    """The fingerprints of places in one version of one file. `before` are those of an earlier version, if there are."""

    def __init__(self, source: Source, before: Fingerprints | None = None) -> None:
        self.source = source
        self._text = source.text
        self._openings: list[_Opening] | None = None
        self._definitions: dict[int, str] = {}
        self._known: dict[int, Fingerprint] = {}  # by span, as a number, which is quickly moved
        self._far: set[int] = set()  # those of a construct that is long
        if before is not None:
            self._take_over(before)

    def of(self, spans: Iterable[Span]) -> list[Fingerprint]:
        """The fingerprints of what stands at `spans`."""
        known = self._known
        return [known.get(span.start << _HALF | span.end) or self._find(span) for span in spans]

    def _find(self, span: Span) -> Fingerprint:
        key = span.start << _HALF | span.end
        written, is_near = _construct_at(self._text, span)
        found = self._known[key] = Fingerprint(self._definition(span.start), written)
        if not is_near:
            self._far.add(key)
        return found

    def _take_over(self, before: Fingerprints) -> None:
        """Take over what is known of another version where the edit between them opens and ends nothing."""
        old, new = before.source.text, self._text
        start = common_prefix(old, new)
        same = common_suffix(old, new, start)
        ends = len(old) - same, len(new) - same
        line = new.rfind("\n", 0, start) + 1
        if not (_is_blank_line(old, new, start, ends, line) or _is_word(old, new, start, ends, line)):
            return
        if not (_parses(before.source) and _parses(self.source)):
            return
        by = len(new) - len(old)
        self._definitions = {at + (by if at > line else 0): name for at, name in before._definitions.items()}
        self._definitions.pop(line, None)  # which may have been blank
        # What is as far away from the edit as was looked for it.
        near, far, behind = start - _NEAR, start - _LONGEST_LOOKED_AT, ends[0] + _LONGEST_TARGET
        first, move = (behind + 1) << _HALF, (by << _HALF) + by
        self._known = {key: known for key, known in before._known.items() if key & _END < near}
        for key in [key for key in before._far if far <= key & _END < near]:
            del self._known[key]
        self._known.update({key + move: known for key, known in before._known.items() if key >= first})
        self._far = {key for key in before._far if key & _END < far}
        self._far.update(key + move for key in before._far if key >= first)

    def _definition(self, offset: int) -> str:
        line = self._text.rfind("\n", 0, offset) + 1
        known = self._definitions.get(line)
        if known is None:
            known = self._definitions[line] = self._find_definition(line)
        return known

    def _find_definition(self, line: int) -> str:
        if self._openings is None:
            self._openings = []
            self._find_openings()
        openings = self._openings
        index = bisect_right(openings, (line, -1)) - 1  # the last one that starts before this line
        if index + 1 < len(openings) and openings[index + 1].start == line:
            index += 1
        else:
            after, indentation = self._after(index), _indentation(self._text, line)
            while index >= 0 and self._is_over(openings[index], after, line, indentation):
                index = openings[index].above
        names: list[str] = []
        while index >= 0:
            names.append(openings[index].name or self._decorated(index))
            index = openings[index].above
        return ".".join(reversed(names))

    def _find_openings(self) -> None:
        """All lines that open a definition or decorate one, in order, none of which is the text of a string."""
        assert self._openings is not None  # noqa: S101 - for the types
        text = self._text
        starts = sorted({each for word in ("def ", "class ", "@") for each in _line_starts(text, word)})
        above = -1
        for start in starts:
            indentation = _indentation(text, start)
            if _is_string(self.source, start + indentation):
                continue
            after = self._after(len(self._openings) - 1)
            while above >= 0 and self._is_over(self._openings[above], after, start, indentation):
                above = self._openings[above].above
            name = _NAME.match(text, start + indentation)
            self._openings.append(_Opening(start, indentation, name[1] if name else "", above))
            above = len(self._openings) - 1

    def _after(self, index: int) -> int:
        """Up to where it is known what the opening at `index` and those above it are over by."""
        if index < 0:
            return 0
        assert self._openings is not None  # noqa: S101 - for the types
        end = self._text.find("\n", self._openings[index].start)
        return len(self._text) if end < 0 else end

    def _is_over(self, opening: _Opening, after: int, start: int, indentation: int) -> bool:
        """Whether what is opened has ended before the line at `start`, by that line or one between it and `after`."""
        if opening.indentation >= indentation:
            return True
        for line in _dedent(opening.indentation).finditer(self._text, after, start):
            if not _is_string(self.source, line.end() - 1):
                return True
        return False

    def _decorated(self, index: int) -> str:
        """The name of what the decorator at `index` decorates."""
        assert self._openings is not None  # noqa: S101 - for the types
        indentation = self._openings[index].indentation
        for each in self._openings[index + 1 :]:
            if each.name or each.indentation < indentation:
                return each.name if each.indentation == indentation else ""
        return ""


def _is_word(old: str, new: str, start: int, ends: tuple[int, int], line: int) -> bool:
    """Whether an edit at `start` changes a word alone, in a line that starts at `line` and opens nothing.

    `ends` are where the edit ends in both texts. A word in a blank line may end a block: not if the next line of code
    would end it too.
    """
    if (
        _WORD.fullmatch(old[start : ends[0]] + new[start : ends[1]]) is None
        or new[ends[1] : ends[1] + 1] in _QUOTES
    ):
        return False
    if _OPENS.match(old, line) or _OPENS.match(new, line):
        return False
    if new[line:start].strip():
        return True
    following = _NEXT_CODE.match(old, ends[0])
    return following is not None and len(following[1]) <= start - line and "\t" not in following[1]


def _is_blank_line(old: str, new: str, start: int, ends: tuple[int, int], line: int) -> bool:
    """Whether an edit adds a blank line and nothing else: at the end of a line, or before all that stands in it."""
    added = _LINE.fullmatch(new, start, ends[1])
    if added is None or ends[0] != start:
        return False
    before = new[line:start]
    return added[1] == before if not before.strip() else old[start : start + 1] in {"\n", ""}


def _parses(source: Source) -> bool:
    return not source.root.has_error


def construct(text: str, span: Span) -> str:
    """What stands at `span` of `text` as it is normally written: a call with its arguments and what it is assigned to.

    What is long is cut and gets a digest of the rest.
    """
    return _construct_at(text, span)[0]


def _construct_at(text: str, span: Span) -> tuple[str, bool]:
    """The construct, and whether it is all of it that is near: nothing further behind could change it."""
    if text.startswith("#", span.start):
        return _cut(" ".join(text[span.start : span.end].split())), True
    first = max(0, span.start - _LONGEST_TARGET)
    start, end = span.start - first, span.end - first
    near = _remembered(text[first : span.end + _NEAR], start, end)
    if near is not None:
        return near, True
    return _construct(text[first : span.end + _LONGEST_LOOKED_AT], start, end)[0], False


@lru_cache(maxsize=8192)
def _remembered(piece: str, start: int, end: int) -> str | None:
    """The construct at code points of a piece of text, None where the piece is too short to tell.

    An editor asks for all of a file after every key, and around most of them nothing has changed.
    """
    written, is_whole = _construct(piece, start, end)
    return written if is_whole and '"""' not in piece and "'''" not in piece else None


def _construct(piece: str, start: int, end: int) -> tuple[str, bool]:
    """The construct, and whether what follows the piece could not change it, multi-line strings aside."""
    tokens, is_whole = _normal(piece, Span(start, end))
    written, target = "".join(tokens), _target(piece[:start])
    return _cut(f"{target}={written}" if target else written), is_whole


def _target(before: str) -> str:
    """What the expression behind `before` is assigned to, or the keyword that it is passed as."""
    before = before.rstrip(" \t\r\n(\\")
    if not before.endswith("=") or before[-2:-1] in {"=", "!", "<", ">", ":"}:
        return ""
    before = before[:-1].rstrip()
    before = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    if annotated := _ANNOTATED.match(before):
        return annotated[1]
    ends = [each.end() for each in _ENDS_TARGET.finditer(before)]
    return before[ends[-1] if ends else 0 :]


def _normal(piece: str, span: Span) -> tuple[list[str], bool]:
    """The tokens of the span and of the argument list that follows it, with a blank where there has to be one.

    And whether their end was seen, with no string that may end behind the piece.
    """
    depth, is_after_word, comma = 0, False, ""
    found: list[str] = []
    is_whole = True
    is_defined = piece[: span.start].rstrip().endswith(("def", "class"))
    for token in _TOKEN.finditer(piece, span.start, span.end if is_defined else len(piece)):
        written = token[0]
        is_inside = token.start() < span.end
        if token.lastgroup is None:
            if not is_inside and depth == 0 and ("\n" in written or "\r" in written):
                return found, is_whole
            continue
        if not is_inside and depth == 0 and written != "(":
            return found, is_whole
        if written in _OPENING:
            depth += 1
        elif written in _CLOSING:
            depth -= 1
            comma = ""  # one that stands before a closing bracket says nothing
        elif token.lastgroup == "string":
            written = _PLAIN_STRING.sub(r'\1"\2"', written) if _PLAIN_STRING.fullmatch(written) else written
        elif written in _QUOTES:
            is_whole = False
        is_word = token.lastgroup != "other"
        found.append(comma + (" " if is_after_word and is_word and not comma else ""))
        comma = "," if written == "," else ""
        found.append("" if comma else written)
        is_after_word = is_word and not comma
        if depth == 0 and not is_inside and written == ")":
            return found, is_whole
    return [*found, comma], is_whole and is_defined


def _cut(written: str) -> str:
    if len(written) <= _LONGEST:
        return written
    digest = hashlib.blake2b(written.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{written[:_KEPT]}… {digest}"


def _line_starts(text: str, word: str) -> Iterator[int]:
    """Where the lines start that begin with `word`, or with `async` and it."""
    at = text.find(word)
    while at >= 0:
        start = text.rfind("\n", 0, at) + 1
        before = text[start:at]
        if not before or before.isspace() or before.strip() == "async":
            yield start
        at = text.find(word, at + 1)


def _indentation(text: str, start: int) -> int:
    match = _INDENTATION.match(text, start)
    return len(match[0]) if match else 0


@lru_cache(maxsize=64)
def _dedent(indentation: int) -> re.Pattern[str]:
    """The start of a line of code that is indented by no more; one that closes brackets or a string does not count."""
    return re.compile(rf"\n[ \t\f]{{0,{indentation}}}[^\s#)\]}}'\"]")


def _is_string(source: Source, offset: int) -> bool:
    """Whether what stands at `offset` is inside of a string."""
    byte = source.byte(offset)
    node = source.node_at(byte, byte + 1)
    return node is not None and node.type in {"string", "string_content"}
