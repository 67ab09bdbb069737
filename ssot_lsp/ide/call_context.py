"""Where a cursor stands: in which string, comment, call, attribute or class header.

Read from the text, token by token up to the cursor, and not from the tree: people ask while a line is unfinished, in
the middle of a file that does not parse, and there a tree says little. All numbers are code points. Invariant: what
is behind the cursor never changes what is said of it, but for the end of its word or string and the keywords that the
rest of its call gives.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path

Kind = Literal["name", "attribute", "string", "comment", "nothing"]

STRING = r"""
    (?:\"\"\"(?:[^\"\\]+|\\.|\"(?!\"\"))*(?:\"\"\"|\\?\Z)
      |'''(?:[^'\\]+|\\.|'(?!''))*(?:'''|\\?\Z)
      |\"(?:[^\"\\\r\n]+|\\(?:\r\n|.))*(?:\"|\\?\Z|(?=[\r\n]))
      |'(?:[^'\\\r\n]+|\\(?:\r\n|.))*(?:'|\\?\Z|(?=[\r\n])))
"""
_LITERAL = re.compile(rf"\#[^\r\n]*|{STRING}", re.VERBOSE | re.DOTALL)
_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\f]+|\\\r?\n)
    |(?P<newline>\r\n|\n|\r)
    |(?P<string>[rRbBfFuUtT]{{0,2}}{STRING})
    |(?P<name>[^\W\d]\w*)
    |(?P<comment>\#[^\r\n]*)
    |(?P<number>\d[\w.]*)
    |(?P<operator>:=|->|[=!<>]=|\*\*=?|//=?|[-+*/%@&|^]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_PREFIXES = "rRbBfFuUtT"
_WORD_END = re.compile(r"\w*")
# What a string may hold behind the cursor for its end to be taken for its own: `create("web|socket")`.
_REST_OF_KEY = re.compile(r"[\w.:/ -]*")
# Lines that are sure to start a statement, whatever bracket was left open above.
_HEAD = re.compile(
    r"^[ \t]*(?:@|(?:async[ \t]+def|def|class|import|return|with|assert|raise)\b)", re.MULTILINE
)
# The same, but for somebody who writes `key = value` in the brackets of a call: where no better line is near.
_LIKELY_HEAD = re.compile(
    r"^[ \t]*(?:[\w.]+[ \t]+=[ \t]|(?:if|for|while|try)\b)|(?<=\)\n)[ \t]*[\w.]+\(", re.MULTILINE
)
_STARTS = frozenset(
    {
        *("def", "class", "import", "return", "with", "while", "try", "assert", "raise", "del", "global"),
        *("nonlocal", "pass", "break", "continue", "elif", "except", "finally"),
    }
)
_FROM = re.compile(r"from[ \t]+[\w.]+[ \t]+import\b")
_ASYNC = re.compile(r"async[ \t]+(?:def|with)\b")
_KEYWORD = re.compile(r"\w+=(?!=)")
_ASSIGNMENT = re.compile(r"[\w.]+[ \t]+=[ \t]")
_OPEN, _CLOSE = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")
_FIRST_WINDOW = 4000
_MOST_BEHIND = 4000
# After these a new name is made up, or none of ours stands.
_NO_NAME_AFTER = frozenset({"def", "class", "import", "as", "global", "nonlocal", "from", "del"})
_VALUES = frozenset({"None", "True", "False", "..."})


class Token(NamedTuple):
    """A token that counts: its kind, its text, where it starts, and how many brackets are open around it."""

    kind: str
    text: str
    start: int
    depth: int

    @property
    def end(self) -> int:
        """The code point behind it."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Call:
    """The call that the cursor is inside of the brackets of.

    `path` is what is called, `callee` its span, `bracket` the place of the opening bracket. `positional` counts the
    positional arguments before the cursor's own, None behind `*`. `keyword` is that of the cursor's own argument, empty
    where it has none. `given` are the keywords of all other arguments, behind the cursor too. `is_start`: nothing of
    the argument stands before the cursor's word or string. `in_list`: a list, tuple or set display is between.
    `strings` are the strings in that display.
    """

    path: Path
    callee: Span
    bracket: int
    positional: int | None
    keyword: str
    given: frozenset[str]
    is_start: bool
    in_list: bool = False
    strings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """What is around a cursor.

    `word` is the name under the cursor, both sides of it; the content of the string, or the whole comment.
    `receiver` is what an attribute is taken of. `start` is where the expression with the word starts, `statement` where
    the logical line does. `target` is what the expression is assigned to, with the text of the `annotation`.
    `class_name` is set among the bases of a class, `is_decorator` in the line of a decorator. `is_closed`: the string
    has its end. `quote` is what it starts with.
    """

    kind: Kind
    cursor: int
    word: Span
    receiver: Path = ()
    start: int = 0
    statement: int = 0
    call: Call | None = None
    target: Path = ()
    annotation: str = ""
    class_name: str = ""
    is_decorator: bool = False
    is_closed: bool = False
    quote: str = ""


def context_at(text: str, cursor: int) -> Context:
    """What is around the code point `cursor` of `text`."""
    cursor = max(0, min(cursor, len(text)))
    read = _Reader(text, cursor)
    last = read.last
    if last is not None and last.kind == "comment" and last.end == cursor:
        end = _LITERAL.match(text, last.start)
        return Context("comment", cursor, Span(last.start, end.end() if end else cursor))
    if last is not None and last.kind == "string" and last.end == cursor and not _is_closed(last.text):
        return _in_string(text, cursor, read, last)
    return _in_code(text, cursor, read)


# --- kinds


def _in_string(text: str, cursor: int, read: _Reader, token: Token) -> Context:
    body = _without_prefix(token.text)
    quote = _quote(body)
    start = token.end - len(body) + len(quote)
    rest = _REST_OF_KEY.match(text, cursor)
    end = rest.end() if rest is not None else cursor
    is_closed = text.startswith(quote, end)
    word = Span(start, end if is_closed else cursor)
    tokens = read.tokens[:-1]
    call = read.call(tokens, Span(token.start, cursor))
    statement = read.statement(tokens)
    return Context(
        "string",
        cursor,
        word,
        start=token.start,
        statement=statement.start if statement is not None else token.start,
        call=call,
        is_decorator=statement is not None and statement.text == "@",
        is_closed=is_closed,
        quote=quote,
    )


def _in_code(text: str, cursor: int, read: _Reader) -> Context:
    tokens = read.tokens
    last = tokens[-1] if tokens else None
    word_start = cursor
    if last is not None and last.end == cursor:
        if last.kind == "number":
            call = read.call(tokens[:-1], Span(last.start, cursor))
            statement = read.statement(tokens)
            first = statement.start if statement is not None else last.start
            return Context("nothing", cursor, Span(cursor, cursor), statement=first, call=call)
        if last.kind == "name":
            word_start = last.start
            tokens = tokens[:-1]
    end = _WORD_END.match(text, cursor)
    word = Span(word_start, end.end() if end is not None else cursor)
    statement = read.statement(tokens)
    first = statement.start if statement is not None else word_start
    before = tokens[-1] if tokens else None
    if before is not None and before.text == ".":
        index, path = read.path(len(tokens) - 2)
        if not path:
            call = read.call(tokens, Span(word_start, cursor))
            return Context("nothing", cursor, word, statement=first, call=call)
        kind: Kind = "attribute"
    else:
        index, path, kind = len(tokens), (), "name"
        if _is_no_place_for_a_name(before, statement, read):
            call = read.call(tokens, Span(word_start, cursor))
            return Context("nothing", cursor, word, statement=first, call=call)
    start = tokens[index].start if index < len(tokens) else word_start
    if statement is not None and statement.text in {"import", "from"}:
        return Context("nothing", cursor, word, statement=first)
    header = read.class_header(tokens)
    target, annotation = read.target(index) if not read.stack else ((), "")
    return Context(
        kind,
        cursor,
        word,
        receiver=path,
        start=start,
        statement=first,
        call=None if header else read.call(tokens[:index], Span(start, cursor)),
        target=target,
        annotation=annotation,
        class_name=header,
        is_decorator=statement is not None and statement.text == "@",
    )


def _is_no_place_for_a_name(before: Token | None, statement: Token | None, read: _Reader) -> bool:
    if before is None or (statement is None and not read.stack):
        return False
    if before.kind == "name":
        return before.text in _NO_NAME_AFTER or before.text in _VALUES or not iskeyword(before.text)
    if before.kind in {"string", "number"} or before.text in _CLOSE:
        return True
    # The parameters of a definition are new names; their annotations and defaults are none.
    return read.is_parameter_list() and before.text in {"(", ",", "*", "**"}


def _is_closed(token: str) -> bool:
    """Whether the string `token` has its end."""
    body = _without_prefix(token)
    quote = _quote(body)
    if len(body) < 2 * len(quote) or not body.endswith(quote):
        return False
    backslashes = len(body) - len(quote) - len(body[: -len(quote)].rstrip("\\"))
    return backslashes % 2 == 0


def _without_prefix(token: str) -> str:
    return token.lstrip(_PREFIXES)


def _quote(body: str) -> str:
    return body[:3] if body[:3] in {'"""', "'''"} else body[:1]


# --- reading


class _Reader:
    """The tokens of the statement around a cursor, from the nearest place that is sure to start one."""

    def __init__(self, text: str, cursor: int) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.last: Token | None = None  # comments included
        self.stack: list[int] = []  # indices of the tokens that open brackets
        self.pairs: dict[int, int] = {}  # a closing bracket's index -> that of its opening one
        self.first = 0  # the index of the first token of the logical line
        self._is_line_start = True
        for match in _tokens(text, _safe_start(text, cursor), cursor):
            self._take(match)

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup or "operator"
        if kind == "blank":
            return
        if kind == "newline":
            self._is_line_start = True
            if not self.stack:
                self.first = len(self.tokens)
            return
        token = Token(kind, match[0], match.start(), len(self.stack))
        self.last = token
        if kind == "comment":
            return
        if self._is_line_start and self.stack and self._starts_anew(token):
            self.stack.clear()
            self.first = len(self.tokens)
            token = token._replace(depth=0)
        self._is_line_start = False
        index = len(self.tokens)
        self.tokens.append(token)
        if kind != "operator":
            return
        if token.text in _OPEN:
            self.stack.append(index)
        elif token.text in _CLOSE:
            if self.stack and _OPEN[self.tokens[self.stack[-1]].text] == token.text:
                self.pairs[index] = self.stack.pop()
                self.tokens[index] = token._replace(depth=len(self.stack))
        elif token.text == ";" and not self.stack:
            self.first = index + 1

    def _starts_anew(self, token: Token) -> bool:
        """Whether a line inside of brackets is the next statement: somebody has not closed them yet."""
        if token.kind == "name":
            if token.text in _STARTS:
                return True
            if token.text == "from":
                return _FROM.match(self.text, token.start) is not None
            if token.text == "async":
                return _ASYNC.match(self.text, token.start) is not None
        elif token.text != "@":
            return False
        opening = self.tokens[self.stack[0]].start
        line = self._line_start(opening)
        indent = len(self.text[line:opening]) - len(self.text[line:opening].lstrip(" \t"))
        if token.start - self._line_start(token.start) > indent:
            return False
        return _KEYWORD.match(self.text, token.start) is None

    def _line_start(self, offset: int) -> int:
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def statement(self, tokens: list[Token]) -> Token | None:
        """The first token of the logical line; None where nothing of it stands before the word."""
        return tokens[self.first] if self.first < len(tokens) else None

    def path(self, index: int) -> tuple[int, Path]:
        """The attribute path that ends with the token `index`, and the index of its first token."""
        parts: list[str] = []
        while index >= 0:
            token = self.tokens[index]
            if token.text in {")", "]"} and index in self.pairs:
                parts.append("()" if token.text == ")" else "[]")
                index = self.pairs[index] - 1
                continue
            if token.kind != "name" or iskeyword(token.text):
                return index, ()
            parts.append(token.text)
            if index == 0 or self.tokens[index - 1].text != ".":
                return index, tuple(reversed(parts))
            index -= 2
        return index, ()

    def call(self, tokens: list[Token], own: Span) -> Call | None:
        """The call around what stands at `own`, behind `tokens`; through one display of a list and the like."""
        stack = self.stack
        strings: frozenset[str] | None = None
        if stack and self._is_display(stack[-1]):
            inner = [each for each in tokens[stack[-1] + 1 :] if each.kind == "string"]
            behind = (match for match, depth in self._behind(own.end, 0) if depth == 0)
            more = [match[0] for match in behind if match.lastgroup == "string"]
            strings = frozenset(_content(each) for each in (*(each.text for each in inner), *more))
            own = Span(tokens[stack[-1]].start, own.end)
            tokens, stack = tokens[: stack[-1]], stack[:-1]
        if not stack or self.tokens[stack[-1]].text != "(":
            return None
        bracket = stack[-1]
        first, path = self.path(bracket - 1)
        if not path or (first > 0 and self.tokens[first - 1].text in {"def", "class"}):
            return None
        arguments = list(_arguments(tokens[bracket + 1 :], len(stack)))
        mine, others = (arguments[-1], arguments[:-1]) if arguments else ([], [])
        given = {each[0].text for each in others if len(each) > 1 and each[1].text == "="}
        given |= self._given_behind(own.end, 0 if strings is None else 1)
        is_unpacked = any(each and each[0].text == "*" for each in others)
        positional = sum(1 for each in others if each and not (len(each) > 1 and each[1].text == "="))
        keyword = mine[0].text if len(mine) > 1 and mine[1].text == "=" else ""
        return Call(
            path,
            Span(self.tokens[first].start, self.tokens[bracket - 1].end),
            self.tokens[bracket].start,
            None if is_unpacked else positional,
            keyword,
            frozenset(given),
            is_start=not mine[2 if keyword else 0 :],
            in_list=strings is not None,
            strings=strings or frozenset(),
        )

    def _is_display(self, bracket: int) -> bool:
        """Whether a bracket opens a display of strings, and no call or subscript."""
        if bracket == 0:
            return True
        before = self.tokens[bracket - 1]
        is_value = before.kind in {"name", "string"} and not iskeyword(before.text)
        return not is_value and before.text not in _CLOSE

    def _given_behind(self, cursor: int, depth: int) -> set[str]:
        """The keywords that the call gives behind the cursor; `depth` displays are to be left first."""
        found: set[str] = set()
        name = ""
        for match, level in self._behind(cursor, -depth):
            text = match[0]
            if level == -depth and text == "=" and name:
                found.add(name)
            name = text if match.lastgroup == "name" and level == -depth else ""
        return found

    def _behind(self, cursor: int, lowest: int) -> Iterator[tuple[re.Match[str], int]]:
        """The tokens behind the cursor up to the bracket that closes level `lowest`, with their levels."""
        level = 0
        is_line_start = False
        end = _REST_OF_KEY.match(self.text, cursor)
        last = self.last
        if last is not None and last.kind == "string" and last.end == cursor and not _is_closed(last.text):
            quote = _without_prefix(last.text)[:1]
            closing = end.end() if end is not None else cursor
            cursor = closing + 1 if self.text.startswith(quote, closing) else cursor
        for match in _tokens(self.text, cursor, min(len(self.text), cursor + _MOST_BEHIND)):
            kind = match.lastgroup
            if kind == "newline":
                is_line_start = True
            if kind in {"blank", "newline", "comment"}:
                continue
            text = match[0]
            if is_line_start and (text in _STARTS or _ASSIGNMENT.match(self.text, match.start())):
                return
            is_line_start = False
            if text in _OPEN:
                level += 1
            elif text in _CLOSE:
                level -= 1
                if level < lowest:
                    return
                continue
            yield match, level

    def is_parameter_list(self) -> bool:
        """Whether the cursor stands directly in the brackets of a `def`."""
        bracket = self.stack[-1] if self.stack else -1
        return bracket > 1 and self.tokens[bracket - 2].text == "def" and self.tokens[bracket].text == "("

    def class_header(self, tokens: list[Token]) -> str:
        """The name of the class among whose bases the cursor stands; empty where it stands among none."""
        bracket = self.stack[-1] if len(self.stack) == 1 else -1
        if bracket < 2 or self.tokens[bracket].text != "(" or self.tokens[bracket - 2].text != "class":
            return ""
        return self.tokens[bracket - 1].text if tokens[-1].text in {"(", ",", "."} else ""

    def target(self, index: int) -> tuple[Path, str]:
        """What the expression from the token `index` on is assigned to, and the text of an annotation."""
        at = index - 1
        if at >= 0 and self.tokens[at].text == "await":
            at -= 1
        if at <= self.first or self.tokens[at].text != "=":
            return (), ""
        first, path = self.path(at - 1)
        if (
            path
            and "()" not in path
            and first >= self.first
            and (first == self.first or self.tokens[first - 1].text == "=")
        ):
            return path, ""
        colon = next(
            (
                number
                for number in range(self.first, at)
                if self.tokens[number].text == ":" and not self.tokens[number].depth
            ),
            -1,
        )
        if colon <= self.first:
            return (), ""
        first, path = self.path(colon - 1)
        if not path or first != self.first:
            return (), ""
        return path, self.text[self.tokens[colon].end : self.tokens[at].start].strip()


def _tokens(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text, start, end)


def _safe_start(text: str, cursor: int) -> int:
    """The start of the nearest line before the cursor that starts a statement, and is no part of a string."""
    line = max(text.rfind("\n", 0, cursor), text.rfind("\r", 0, cursor)) + 1
    literals = _literals(text, cursor)
    low = line
    window = _FIRST_WINDOW
    for pattern in (_HEAD, _LIKELY_HEAD, _HEAD, _HEAD, _HEAD):
        if pattern is _LIKELY_HEAD:
            low = line
        high, low = low, max(0, low - window)
        heads = [match.start() for match in pattern.finditer(text, low, high)]
        for head in reversed(heads):
            index = bisect_right(literals, (head, len(text))) - 1
            if index < 0 or literals[index][1] <= head:
                return head
        if pattern is _LIKELY_HEAD:
            window *= 16
    return 0


def _literals(text: str, cursor: int) -> list[tuple[int, int]]:
    """The spans of the strings and comments before the cursor."""
    return [match.span() for match in _LITERAL.finditer(text, 0, cursor)]


def _arguments(tokens: list[Token], depth: int) -> Iterator[list[Token]]:
    """The tokens of each argument at this depth of brackets, the last one being the cursor's."""
    found: list[Token] = []
    for token in tokens:
        if token.text == "," and token.depth == depth:
            yield found
            found = []
        else:
            found.append(token)
    yield found


def _content(token: str) -> str:
    return _without_prefix(token).strip("\"'")
