"""What is measured and what was promised of it: plain values, kept as JSON between runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from .corpora import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OURS = "ssot-lsp"


@dataclass(frozen=True, slots=True)
class Bar:
    """What ssot-lsp may need at most: the promise in words, and its limit in the unit of the figure."""

    promise: str
    limit: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one or more tools: medians in `unit` by tool, beside them what is worth knowing."""

    part: str
    measure: str
    unit: str
    values: dict[str, float]
    bars: tuple[Bar, ...] = ()
    note: str = ""
    spread: dict[str, float] = field(default_factory=dict)
    """The ninth decile (the slowest run, where there are few) by tool, in the same unit."""

    def holds(self, bar: Bar) -> bool:
        """Whether `bar` is kept."""
        return self.values[OURS] <= bar.limit


def median(values: Iterable[float]) -> float:
    """The median of `values`, the lower one of two."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def ninth_decile(values: Iterable[float]) -> float:
    """The value that nine of ten do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 9 // 10)]


def at_most(promise: str, limit: float | None) -> tuple[Bar, ...]:
    """A bar, or none where what it refers to was not measured."""
    return () if limit is None else (Bar(promise, limit),)


def times(values: dict[str, float], tool: str, factor: float) -> float | None:
    """`factor` times what `tool` needs; None where it was not measured."""
    return factor * values[tool] if tool in values else None


def remember(part: str, figures: Iterable[Figure]) -> None:
    """Keep the figures of one part of the benchmark for the table, in the place of its former ones."""
    kept = [each for each in recall() if each.part != part]
    path = _store()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(each) for each in [*kept, *figures]], indent=1), encoding="utf-8")


def recall() -> list[Figure]:
    """The figures of the last run of each part."""
    path = _store()
    if not path.is_file():
        return []
    raw = json.loads(path.read_text(encoding="utf-8"))
    return [Figure(**{**each, "bars": tuple(Bar(**bar) for bar in each["bars"])}) for each in raw]


def _store() -> Path:
    return cache_folder() / "figures.json"
