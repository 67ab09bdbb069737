"""A file without the statements that leave a bracket open, so that a tree says something of all others."""

from __future__ import annotations

import re

from ssot_lsp.ide.call_context import STRING

# What counts: strings and comments, in which nothing does, brackets, and lines that are sure to start a statement.
_MARK = re.compile(
    rf"""(?P<literal>\#[^\r\n]*|{STRING})
    |(?P<bracket>[()\[\]{{}}])
    |^[ \t]*(?P<head>(?P<definition>(?:async[ \t]+def|def|class)[ \t]+\w)|@
        |(?:import|return|with|assert|raise|async[ \t]+with)\b)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_HEADER = re.compile(r"(?:class|(?P<function>(?:async[ \t]+)?def))[ \t]+\w+(?P<rest>[^\r\n]*)")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_INK = re.compile(r"\S")


def without_open_brackets(text: str, boundary: int) -> str:
    """`text` with blanks for each statement that leaves a bracket open; all places stay what they are.

    A statement starts for sure at the code point `boundary`, as it does with every `def` and `class`, and with
    decorators and some keywords that stand no deeper than the line with the open bracket.
    """
    parts: list[str] = []
    done = 0
    stack: list[str] = []
    start = indentation = 0  # of the statement with the brackets that are open
    literal = (0, 0)  # the last one

    def cut(end: int, column: int) -> None:
        nonlocal done
        parts.extend((text[done:start], _blank(text[start:end], is_followed_by_more=column > indentation)))
        done = end
        stack.clear()

    for match in _MARK.finditer(text):
        if stack and start < boundary <= match.start():
            cut(boundary, boundary - _line_start(text, boundary))
        if match.lastgroup == "literal":
            literal = match.span()
        elif (bracket := match["bracket"]) is None:
            column = match.start("head") - match.start()
            if stack and (match["definition"] or column <= indentation):
                cut(match.start(), column)
        elif bracket not in _PAIRS:
            if not stack:
                start = _line_start(text, match.start())
                if literal[0] < start < literal[1]:
                    start = _line_start(text, literal[0])
                indentation = len(text[start:]) - len(text[start:].lstrip(" \t"))
            stack.append(bracket)
        elif stack and stack[-1] == _PAIRS[bracket]:
            stack.pop()
    if stack and start < boundary:
        cut(boundary, boundary - _line_start(text, boundary))
    elif stack:
        cut(len(text), 0)
    return "".join((*parts, text[done:]))


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _blank(statement: str, *, is_followed_by_more: bool) -> str:
    """Blanks for a statement, but for a word that keeps the block around it whole, or its name if it is a header."""
    bare = statement.lstrip(" \t")
    at = len(statement) - len(bare)
    kept = "" if bare.startswith("@") else "0"
    header = _HEADER.match(bare)
    if header is not None and is_followed_by_more:
        end = "():" if header["function"] else ":"
        if len(header["rest"]) >= len(end):
            kept = bare[: header.start("rest")] + end
    return statement[:at] + kept + _INK.sub(" ", bare[len(kept) :])
