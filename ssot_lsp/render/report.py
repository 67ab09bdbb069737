"""The report on a suite: JSON, Markdown, a terminal's text, a page. All of them say the same numbers.

JSON is a contract with other programs and holds every row of every table; the others cut long tables and say so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ssot_lsp.render.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ssot_lsp.report import Cell, Report, Status, Table

VERSION = 1
ROWS = 15  # of a table, for people

WORDS: Mapping[Status, str] = {
    "pass": "PASS",
    "part": "IN PART",
    "fail": "FAIL",
    "nothing": "NOTHING LOOKED AT",
}


class Change(NamedTuple):
    """A metric earlier and now, as written; `by` has its sign."""

    name: str
    before: str
    after: str
    by: str


class EarlierError(Exception):
    """An earlier report that cannot be compared with; the message says why."""


def render_json(report: Report, earlier: Mapping[str, Any] | None = None) -> Iterator[str]:
    """Pieces of one JSON object, ASCII alone; `before` are the metrics of the `earlier` report."""
    value = {
        "version": VERSION,
        "root": report.root,
        "scope": report.scope,
        "metrics": report.metrics(),
        **({} if earlier is None else {"before": earlier}),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "status": section.status,
                "verdict": section.verdict,
                "tables": {
                    table.key: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
                    for table in section.tables
                },
            }
            for section in report.sections
        ],
    }
    yield json.dumps(value, indent=1) + "\n"


def earlier_metrics(data: bytes) -> dict[str, Any]:
    """The metrics of a report that `render_json` has written before; raises EarlierError."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = "it is no JSON"
        raise EarlierError(message) from error
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        message = f"it was written by a newer ssot-lsp (version {version}, this one reads {VERSION})"
        raise EarlierError(message)
    metrics = value.get("metrics") if isinstance(value, dict) else None
    if version != VERSION or not isinstance(metrics, dict):
        message = "it is no report of `ssot-lsp report --format json`"
        raise EarlierError(message)
    if not all(
        each is None or (isinstance(each, int | float) and not isinstance(each, bool))
        for each in metrics.values()
    ):
        message = "a metric in it is no number"
        raise EarlierError(message)
    return metrics


def changes(report: Report, earlier: Mapping[str, Any]) -> list[Change]:
    """All metrics of either report, in the order of this one."""
    now = report.metrics()
    names = [*now, *(each for each in earlier if each not in now)]
    return [_change(name, earlier.get(name), now.get(name)) for name in names]


def changed(compared: Sequence[Change]) -> tuple[list[Change], str]:
    """Those that people are shown, and in words how many there are besides."""
    shown = [each for each in compared if each.by != "=" and each.before != each.after]
    return shown, f"{len(compared) - len(shown):,} of {len(compared):,} metrics are as they were"


def _change(name: str, before: Any, after: Any) -> Change:
    by = ""
    if before is not None and after is not None:
        by = "=" if before == after else f"{round(after - before, 1):+,}"
    return Change(name, number(before), number(after), by)


def number(value: Cell, unit: str = "") -> str:
    """A number as people read it; what there is none of is a dash."""
    if value is None:
        return "–"  # noqa: RUF001 - a dash it is
    if isinstance(value, str):
        return value
    return f"{value:,}{f' {unit}' if unit else ''}"


def shown_rows(table: Table) -> tuple[list[tuple[str, ...]], str]:
    """The rows that people are shown, as text, and how many more there are in words."""
    rows = [tuple(printable(number(cell)) for cell in row) for row in table.rows[:ROWS]]
    left = len(table.rows) - len(rows)
    return rows, f"and {left:,} more" if left else ""


def headline(report: Report) -> str:
    """What it comes to."""
    if report.score is None:
        return "There was nothing to judge"
    return f"Nothing to object to in {number(report.score, '%')} of what was looked at"


def render_markdown(report: Report, compared: list[Change] | None = None) -> Iterator[str]:
    """Headings, lists and tables."""
    yield f"# Mocks and doubles in {_md(report.root)}\n\n"
    yield f"{headline(report)}: {_md(report.scope)}.\n"
    if compared is not None:
        yield "\n## Before and after\n\n| metric | before | after | change |\n|---|--:|--:|--:|\n"
        shown, same = changed(compared)
        yield from (f"| {_md(each.name)} | {each.before} | {each.after} | {each.by} |\n" for each in shown)
        yield f"\n{same}\n"
    for section in report.sections:
        yield f"\n## {section.title}\n\n**{WORDS[section.status]}**: {_md(section.verdict)}\n\n"
        yield from (f"- {_md(each.label)}: {number(each.value, each.unit)}\n" for each in section.figures)
        for table in section.tables:
            if not table.rows:
                continue
            rows, more = shown_rows(table)
            yield f"\n### {table.title}\n\n| {' | '.join(table.columns)} |\n|{'---|' * len(table.columns)}\n"
            yield from (f"| {' | '.join(map(_md, row))} |\n" for row in rows)
            if more:
                yield f"\n{more}\n"


def _md(text: str) -> str:
    """`text` without a meaning in Markdown."""
    return "".join(f"\\{each}" if each in "\\|*_<>[]#" else each for each in text.replace("\n", " "))


def render_text(report: Report, compared: list[Change] | None, *, colours: bool, width: int) -> str:
    """What a terminal shows, `width` columns wide."""
    from rich import box  # noqa: PLC0415 - only this format needs it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as Grid  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(
        width=width, force_terminal=colours, no_color=not colours, highlight=False, record=False
    )

    def grid(
        title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], numeric: list[bool]
    ) -> Grid:
        made = Grid(
            title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False
        )
        for name, is_number in zip(columns, numeric, strict=True):
            made.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            made.add_row(*map(Text, row))
        return made

    styles = {"pass": "green", "part": "yellow", "fail": "red", "nothing": "yellow"}
    with console.capture() as capture:
        console.print(Text(headline(report), "bold"))
        console.print(Text(f"  {report.scope}"))
        if compared is not None:
            differing, same = changed(compared)
            rows = [(each.name, each.before, each.after, each.by) for each in differing]
            console.print(
                grid(
                    "Before and after",
                    ("metric", "before", "after", "change"),
                    rows,
                    [False, True, True, True],
                )
            )
            console.print(Text(same, "dim"))
        for section in report.sections:
            mark = Text(f"[{WORDS[section.status]}]", styles[section.status])
            console.print()
            console.print(mark, Text(section.title, "bold"))
            console.print(Text(f"  {printable(section.verdict)}"))
            for each in section.figures:
                console.print(Text(f"  {number(each.value, each.unit):>10}  {each.label}"))
            for table in section.tables:
                if table.rows:
                    shown, more = shown_rows(table)
                    numeric = [not isinstance(cell, str) for cell in table.rows[0]]
                    console.print()
                    console.print(grid(table.title, table.columns, shown, numeric))
                    if more:
                        console.print(Text(more, "dim"))
    return capture.get()
