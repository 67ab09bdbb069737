"""The report as one page that needs nothing else: no script, no font, no image, light and dark by the reader's wish."""

from __future__ import annotations

import os
import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from ssot_lsp.render.report import ROWS, WORDS, changed, headline, number, shown_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.render.report import Change
    from ssot_lsp.report import Report, Section, Table

_BAR, _GAP, _LABEL, _WIDTH = 18, 8, 250, 720  # of a chart, in its own units
_LETTER = 7.2  # wide, as a rule

_LIGHT = """--paper: #fff; --ink: #1c2128; --soft: #59636e; --line: #d8dee4; --card: #f6f8fa;
  --good: #1a7f5a; --bad: #c4432b; --none: #9a6700; --whole: #9db7d5; --part: #c4432b;"""
_DARK = """--paper: #14181d; --ink: #e3e8ee; --soft: #9aa5b1; --line: #303841; --card: #1c2229;
  --good: #4cc38a; --bad: #ff8a73; --none: #e0b040; --whole: #48607c; --part: #e0674e;"""
# In a view of VS Code its theme decides, which the body's class tells, and not the system's.
_COLOURS = f"""
:root {{ color-scheme: light dark; }}
body {{ {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ body {{ {_DARK} }} }}
body.vscode-light, body.vscode-high-contrast-light {{ {_LIGHT} }}
body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light) {{ {_DARK} }}
"""
_STYLE = """
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 0; } h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.root, .more { color: var(--soft); overflow-wrap: anywhere; }
.score { font-size: 2.6rem; font-weight: 650; line-height: 1.2; margin-top: 1rem; }
section { border-top: 1px solid var(--line); margin-top: 2.25rem; padding-top: 1.5rem; }
header { display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
.status { font-size: .75rem; font-weight: 650; letter-spacing: .04em; border: 1px solid; border-radius: 1rem; padding: 0 .6rem; }
.pass { color: var(--good); } .fail { color: var(--bad); } .nothing, .status.part { color: var(--none); }
.verdict { margin: .35rem 0 1rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .6rem; margin: 0; }
dl div { background: var(--card); border-radius: .5rem; padding: .5rem .75rem; display: flex; flex-direction: column-reverse;
  justify-content: flex-end; }
dt { color: var(--soft); font-size: .82rem; line-height: 1.3; } dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td { overflow-wrap: break-word; } td a { overflow-wrap: anywhere; } td.number { white-space: nowrap; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; } .zero { color: var(--soft); font-weight: 400; }
nav { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .35rem 1.5rem; margin-top: 1.5rem; }
nav a { display: flex; gap: .75rem; justify-content: space-between; align-items: baseline; text-decoration: none;
  border-bottom: 1px solid var(--line); padding: .2rem 0; } nav a:hover, nav a:focus { border-color: currentColor; }
a { color: inherit; } svg { display: block; width: 100%; height: auto; margin: .25rem 0 .75rem; }
svg text { fill: var(--ink); font-size: 12px; } svg .soft { fill: var(--soft); }
.whole { fill: var(--whole); } .part { fill: var(--part); }
.key { color: var(--soft); font-size: .82rem; margin: 0; } .key i { display: inline-block; width: .8em; height: .8em;
  border-radius: 2px; margin: 0 .35em 0 .9em; } .key i:first-child { margin-left: 0; }
"""


def render_html(report: Report, compared: list[Change] | None = None) -> Iterator[str]:
    """Pieces of the page. Links to files are relative to the root of the report."""
    name = os.path.basename(report.root) or report.root
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Mocks and doubles in {_text(name)}</title>\n<style>{_COLOURS}{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>Mocks and doubles in {_text(name)}</h1>\n<div class="root">{_text(report.root)}</div>\n'
        f'<div class="score" data-metric="score">{number(report.score, "%")}</div>\n'
        f"<div>{'of what was looked at have nothing against them' if report.score is not None else headline(report)}"
        "</div>\n"
        f'<div class="root">{_prose(report.scope)}</div>\n'
    )
    yield "<nav>\n"
    for section in report.sections:
        yield f'<a href="#{section.key}">{_text(section.title)} {_status(section)}</a>\n'
    yield "</nav>\n"
    if compared is not None:
        yield from _compared(compared)
    for section in report.sections:
        yield from _section(section)
    yield "</body>\n</html>\n"


def _compared(changes: list[Change]) -> Iterator[str]:
    yield '<section id="before-and-after">\n<header><h2>Before and after</h2></header>\n<div class="wide"><table>\n'
    yield '<tr><th>metric</th><th class="number">before</th><th class="number">after</th><th class="number">change</th></tr>\n'
    shown, same = changed(changes)
    for each in shown:
        cells = "".join(
            f'<td class="number">{_text(cell)}</td>' for cell in (each.before, each.after, each.by)
        )
        yield f"<tr><td>{_text(each.name)}</td>{cells}</tr>\n"
    yield f'</table></div>\n<p class="more">{same}</p>\n</section>\n'


def _section(section: Section) -> Iterator[str]:
    yield (
        f'<section id="{section.key}">\n<header><h2>{_text(section.title)}</h2>{_status(section)}</header>\n'
        f'<p class="verdict">{_prose(section.verdict)}</p>\n<dl>\n'
    )
    for each in section.figures:
        value = number(each.value, each.unit)
        kind = "" if each.value else ' class="zero"'
        yield (
            f"<div><dt>{_prose(each.label)}</dt>"
            f'<dd{kind} data-metric="{section.key}.{each.key}">{value}</dd></div>\n'
        )
    yield "</dl>\n"
    for table in section.tables:
        if table.rows:
            yield f"<h3>{_prose(table.title)}</h3>\n"
            yield from _chart(table) if table.is_chart else ()
            yield from _table(table)
    yield "</section>\n"


def _table(table: Table) -> Iterator[str]:
    rows, more = shown_rows(table)
    kinds = ["" if isinstance(cell, str) else ' class="number"' for cell in table.rows[0]]
    heads = "".join(f"<th{kind}>{_text(name)}</th>" for name, kind in zip(table.columns, kinds, strict=True))
    yield f'<div class="wide"><table>\n<tr>{heads}</tr>\n'
    for row, whole in zip(rows, table.rows, strict=False):
        cells = [f"<td{kind}>{_text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)]
        if table.has_paths:
            cells[0] = f'<td><a href="{_link(str(whole[0]))}">{_text(row[0])}</a></td>'
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</table></div>\n"
    if more:
        yield f'<p class="more">{more}</p>\n'


def _chart(table: Table) -> Iterator[str]:
    """A bar for each row: the whole, and over it the part where there is one."""
    rows = [row for row in table.rows[:ROWS] if isinstance(row[1], int)]
    most = max((row[1] for row in rows if isinstance(row[1], int)), default=0)
    if not most:
        return
    left = min(_LABEL, max(len(str(row[0])) for row in rows) * _LETTER + 16)
    height = len(rows) * (_BAR + _GAP)
    yield f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{_text(table.title)}">\n'
    for index, row in enumerate(rows):
        top = index * (_BAR + _GAP)
        whole = row[1] if isinstance(row[1], int) else 0
        part = row[2] if len(row) > 2 and isinstance(row[2], int) else 0
        scale = (_WIDTH - left - 70) / most
        label = _text(_end_of(str(row[0])))
        said = f"{_text(str(row[0]))}: {whole:,}" + (
            f", {_text(table.columns[2])} {part:,}" if len(row) > 2 else ""
        )
        middle = top + _BAR - 5
        yield (
            f'<g><title>{said}</title><text x="{left - 10:.1f}" y="{middle}" text-anchor="end">{label}</text>'
            f'<rect class="whole" x="{left:.1f}" y="{top}" width="{whole * scale:.1f}" height="{_BAR}" rx="3"/>'
            f'<rect class="part" x="{left:.1f}" y="{top}" width="{part * scale:.1f}" height="{_BAR}" rx="3"/>'
            f'<text class="soft" x="{left + whole * scale + 8:.1f}" y="{middle}">{whole:,}</text></g>\n'
        )
    yield "</svg>\n"
    if len(table.columns) > 2:
        whole_name, part_name = table.columns[1:3]
        yield (
            f'<p class="key"><i style="background: var(--whole)"></i>{_text(whole_name)}'
            f'<i style="background: var(--part)"></i>{_text(part_name)}</p>\n'
        )


def _end_of(name: str, most: int = 36) -> str:
    return name if len(name) <= most else f"…{name[1 - most :]}"


def _link(path: str) -> str:
    """A relative address; a first part that reads as a scheme does not become one."""
    return escape(f"./{quote(os.fsencode(path))}")


def _status(section: Section) -> str:
    return f'<span class="status {section.status}">{WORDS[section.status]}</span>'


def _prose(text: str) -> str:
    """Words, in which names stand between backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
