"""What a report is made of: sections of figures and tables, each with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Number = int | float
Cell = str | int | float | None
Status = Literal["pass", "part", "fail", "nothing"]
"""`part`: nothing was found, and not all of it was looked at."""


class Figure(NamedTuple):
    """One number: `key` is its name for programs, unique in its section. None where there is nothing to count."""

    key: str
    label: str
    value: Number | None
    unit: Literal["", "%"] = ""


class Table(NamedTuple):
    """Rows of cells below `columns`. Of a chart the second column is the whole, the third a part of it."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_chart: bool = False
    has_paths: bool = False  # in the first column


@dataclass(frozen=True, slots=True)
class Section:
    """One question, the answer to it in words and in numbers."""

    key: str
    title: str
    status: Status
    verdict: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole. `score` is the share in percent of what was looked at that has nothing against it; None of nothing.

    `scope` says in words how much was looked at, and how much was not.
    """

    root: str
    sections: tuple[Section, ...]
    score: float | None
    scope: str
    failed: int = 0  # files that could not be checked

    def metrics(self) -> dict[str, Number | None]:
        """All figures by `section.figure`."""
        figures = {
            f"{section.key}.{each.key}": each.value for section in self.sections for each in section.figures
        }
        return {"score": self.score, **figures}
