"""One completion as plain data, and by which words it is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ssot_lsp.names import words

if TYPE_CHECKING:
    from ssot_lsp.text import Edit, Span

ItemKind = Literal["method", "keyword", "value", "class", "snippet", "rule"]


@dataclass(frozen=True, slots=True)
class Completion:
    """Something to insert.

    `insert` reaches from the start of the word to the cursor, `replace` to the end of the word. `text` is what is
    written there; `snippet`, where there is one, the same with tab stops. `edits` are made elsewhere in the file.
    `rank` is the place in the list, the best is 0. `found_by` is what clients match with what has been typed. `page`
    says what `documentation` is asked for with: its kind, and whatever tells which one.
    """

    label: str
    kind: ItemKind
    insert: Span
    replace: Span
    text: str
    rank: int
    snippet: str = ""
    detail: str = ""
    parameters: str = ""
    found_by: str = ""
    edits: tuple[Edit, ...] = ()
    page: tuple[str, ...] = ()
    is_best: bool = False


def found_by(name: str, typed: str, *others: str) -> str:
    """What to match with what has been typed: `name` in the orders of words that people try.

    Clients look for the typed letters in this, some at its start alone; so the order that fits comes first.
    """
    orders = list(dict.fromkeys((*_orders(name), *others)))
    if typed:
        lower = typed.lower()
        fitting = next((each for each in orders if each.lower().startswith(lower)), None)
        if fitting is None and not any(is_within(typed, each) for each in orders) and says(typed, name):
            fitting = typed
        if fitting is not None:
            orders = [fitting, *(each for each in orders if each != fitting)]
    return " ".join(orders)


def is_within(typed: str, name: str) -> bool:
    """Whether the letters of `typed` come one after the other in `name`."""
    letters = iter(name.lower())
    return all(letter in letters for letter in typed.lower())


def says(typed: str, name: str) -> bool:
    """Whether the words of `typed`, the last of which may be unfinished, are words of `name`."""
    own = words(name)
    asked = words(typed, own)
    return (
        bool(asked)
        and all(each in own for each in asked[:-1])
        and any(each.startswith(asked[-1]) for each in own)
    )


def _orders(name: str) -> list[str]:
    """`name`, and the same with `mock` in its other usual places."""
    parts = name.split("_")
    if "mock" not in parts or len(parts) < 3:
        return [name]
    verb, rest = parts[0], [each for each in parts[1:] if each != "mock"]
    if verb == "mock":
        return [name]
    return [name, "_".join((verb, "mock", *rest)), "_".join((verb, *rest, "mock"))]
