"""The command line: one short function per command, a table of them, and one way to write and to end.

Exit codes: 0 nothing to complain about, 1 findings of warning or worse, 2 wrong usage or configuration, or nothing
to look at. Each command imports what it needs when it runs: `check` never loads the protocol.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ssot_lsp import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ssot_lsp.render.terminal import Paint
    from ssot_lsp.scan import Options, Report
    from ssot_lsp.scan.changes import Changes
    from ssot_lsp.verification import Verified

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name

OK, FINDINGS, WRONG, INTERRUPTED = 0, 1, 2, 130

_HANGING = 600  # seconds that a run of somebody's tests may take
_PATIENCE = 30  # seconds that it may take at least, however fast it was before a change
_BAR_FROM = 50  # files: fewer are done before a bar has been read
_PLACE = re.compile(r"(.+?):(\d+)(?::\d+)?:?")


class UsageError(Exception):
    """What was asked for makes no sense or cannot be done; the message is for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `ssot-lsp` with `arguments`, by default the process's own, and return the exit code."""
    if sys.stdout is None:  # closed by whoever started us
        _complain("there is no standard output to write to")
        return WRONG
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name or a source line that the terminal's encoding lacks
            stream.reconfigure(errors="backslashreplace")
    asked = _parser().parse_args(arguments)
    try:
        code: int = asked.command(asked)
    except UsageError as error:
        _complain(str(error))
        return WRONG
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    return code


def check(asked: argparse.Namespace) -> int:
    """Check files and folders, or standard input."""
    from ssot_lsp.scan import check, check_text
    from ssot_lsp.scan.changes import RevisionError

    folder = _current_folder()
    options = _options(asked)
    if asked.locked and not options.is_whole:
        message = "--locked needs all rules: with --select or --ignore nobody can tell what is gone"
        raise UsageError(message)
    changes = None
    if asked.fix:
        mended = _mended(asked, options, folder)
        if mended is not None:
            return mended
    elif asked.unsafe:
        message = "--unsafe needs --fix"
        raise UsageError(message)
    elif asked.diff is not None:
        changes = _changes(asked, folder)
    if asked.stdin_filename is not None:
        if asked.paths not in ([], ["-"]):
            message = "--stdin-filename and PATH exclude each other"
            raise UsageError(message)
        report = check_text(_standard_input(), asked.stdin_filename, options, folder)
    elif "-" in asked.paths:
        message = "to check standard input, say by --stdin-filename which file it stands for"
        raise UsageError(message)
    else:
        try:
            with _progress() as progress, _no_collection():
                report = check(asked.paths or ["."], options, folder, progress=progress, changes=changes)
        except RevisionError as error:
            raise UsageError(str(error)) from error
    paint = _paint()
    _write(_rendered(report, asked, folder, paint))
    for line in _remarks(report, asked.format, folder):
        _complain(line)
    if report.errors:
        return WRONG
    if asked.locked and report.gone:
        return FINDINGS
    return OK if report.is_clean or asked.exit_zero else FINDINGS


def _mended(asked: argparse.Namespace, options: Options, folder: str) -> int | None:
    """Fix what can be fixed, or show it as a diff: the exit code then; None where the check is still to be done."""
    from ssot_lsp.render.mended import render_diff, told
    from ssot_lsp.scan.mending import mend

    if asked.diff and os.path.exists(asked.diff):  # `--diff PATH`: nobody means a revision
        asked.paths.insert(0, asked.diff)
    elif asked.diff:
        message = "--fix and --diff=REV exclude each other; --diff alone shows what --fix would do"
        raise UsageError(message)
    if asked.stdin_filename is not None:
        message = "--fix and --stdin-filename exclude each other"
        raise UsageError(message)
    is_shown = asked.diff is not None
    found = []
    with _progress("fixing") as progress:
        report, run = mend(
            asked.paths or ["."],
            options,
            folder,
            with_review=asked.unsafe,
            is_written=not is_shown,
            progress=progress,
        )
        for each in run:
            found.append(each)
            if is_shown:
                _write(render_diff(each, report.root))
    for line in told(found, folder, is_done=not is_shown):
        _complain(line)
    if report.errors or not is_shown:
        return None
    return FINDINGS if any(each.steps for each in found) and not asked.exit_zero else OK


def baseline(asked: argparse.Namespace) -> int:
    """Write the findings that there are into .ssot-baseline.json, so that from now on only new ones count."""
    from ssot_lsp.baseline import BaselineError
    from ssot_lsp.config import Configs
    from ssot_lsp.files import Files
    from ssot_lsp.render.terminal import printable
    from ssot_lsp.render.text import shown_path
    from ssot_lsp.scan import Options, plan_baselines
    from ssot_lsp.scan.ratchet import told, write

    folder = _current_folder()
    options = Options(use_cache=not asked.no_cache, jobs=asked.jobs or _usable_cores())
    root = Configs(Files(), [folder]).of_folder(folder).root
    try:
        with _progress() as progress, _no_collection():
            report, planned = plan_baselines([root], options, root, asked.how, progress=progress)
        if report.errors:
            raise UsageError("\nssot-lsp: ".join(report.errors))
        for each in planned:
            write(each)
    except BaselineError as error:
        raise UsageError(str(error)) from error
    _write(f"{printable(line)}\n" for line in told(planned, folder))
    for path, why in report.failures:
        _complain(f"{shown_path(path, folder)} could not be checked: {why}")
    return OK


def fix(asked: argparse.Namespace) -> int:
    """Apply fixes that need review, file by file, and keep those that change no outcome of your own test command."""
    from ssot_lsp.files import UnreadableError
    from ssot_lsp.render.verified import render_file, render_json, summary
    from ssot_lsp.verification.command import Command
    from ssot_lsp.verification.run import plan

    folder = _current_folder()
    try:
        least = _PATIENCE if asked.timeout is None else None
        command = Command(asked.verify, folder, asked.timeout or _HANGING, least=least)
        options = _options_of(asked.select, asked.ignore)
        planned = plan(asked.paths or ["."], options, folder, command, jobs=asked.jobs, is_anew=asked.restart)
    except (ValueError, UnreadableError) as error:
        raise UsageError(str(error)) from error
    for left in planned.recovered:
        state = "is as it was" if left.is_restored else f"was left as it is: {left.reason}"
        _complain(f"an earlier run died while it tried {left.path}, which {state}")
    for line in (*planned.notes, *(f"error: {each}" for each in planned.errors)):
        _complain(line)
    if planned.start is None:
        return WRONG
    found: list[Verified] = []
    paint = _paint()
    with (
        _progress("verifying", least=1) as progress,
        _ended_by_signals(),
        contextlib.closing(planned.start()) as run,
    ):
        for each in run:
            found.append(each)
            if asked.format == "text":
                _write(render_file(each, folder, paint))
            if progress is not None:
                progress(len(found), len(planned.paths))
    _write([summary(found) if asked.format == "text" else render_json(found, planned.root)])
    return OK


def report(asked: argparse.Namespace) -> int:
    """Report on all tests: mocks, base classes, the factory, isolation, infrastructure, and what was not read."""
    from ssot_lsp.render import report as rendering
    from ssot_lsp.render.report_html import render_html
    from ssot_lsp.report import compile_report
    from ssot_lsp.scan import Options, check

    here = _current_folder()
    folder = os.path.abspath(os.path.join(here, asked.folder))
    earlier = _earlier(asked.compare, here)
    options = Options(
        use_cache=not asked.no_cache,
        jobs=asked.jobs or _usable_cores(),
        baseline="usable",
        with_summary=True,
    )
    with _progress() as progress, _no_collection():
        run = check([folder], options, folder, progress=progress)
        found = compile_report(run, folder)
    compared = None if earlier is None else rendering.changes(found, earlier)
    if asked.format == "json":
        _write(rendering.render_json(found, earlier))
    elif asked.format == "markdown":
        _write(rendering.render_markdown(found, compared))
    elif asked.format == "html":
        _write(render_html(found, compared))
    else:
        width = max(60, shutil.get_terminal_size((110, 24)).columns)
        _write([rendering.render_text(found, compared, colours=_has_colours(), width=width)])
    for each in (*run.notes, *(f"error: {each}" for each in run.errors)):
        _complain(each)
    if run.errors:
        return WRONG
    if asked.fail_under is None:
        return OK
    if found.score is None or found.score < asked.fail_under:
        said = rendering.number(found.score, "%")
        _complain(f"nothing to object to in {said}, and --fail-under asks for {asked.fail_under:g} %")
        return FINDINGS
    if found.failed:
        files = "1 file" if found.failed == 1 else f"{found.failed} files"
        _complain(f"{files} could not be read, of which --fail-under can say nothing")
        return FINDINGS
    return OK


def explain(asked: argparse.Namespace) -> int:
    """Print a rule's page, why a line is or is not flagged, or what rules there are."""
    from ssot_lsp.rules import RULES

    if asked.what is None:
        size = max(len(rule.name) for rule in RULES)
        _write(f"{rule.name:<{size}}  {rule.severity.label:<11}  {rule.summary}\n" for rule in RULES)
        return OK
    page = next((rule.page for rule in RULES if rule.name == asked.what), None)
    if page is None:
        place = _PLACE.fullmatch(asked.what)
        if place is None:
            raise UsageError(_no_such_rule(asked.what))
        page = _explanation(place[1], int(place[2]) - 1)
    _write([page.strip() + "\n"])
    return OK


def init(asked: argparse.Namespace) -> int:
    """Write [tool.ssot-lsp] into pyproject.toml and, if asked, a factory and base classes to start from."""
    from ssot_lsp.initialise import InitError, plan

    if not asked.scaffold and (asked.factory or asked.bases):
        message = "--factory and --bases say where --scaffold writes to, which is missing"
        raise UsageError(message)
    try:
        paths = {"factory_path": asked.factory, "bases_path": asked.bases}
        given = {name: path for name, path in paths.items() if path is not None}
        folder = os.path.join(_current_folder(), asked.folder)
        if not os.path.isdir(folder):
            message = f"{asked.folder}: there is no such folder"
            raise UsageError(message)
        planned = plan(os.path.abspath(folder), with_scaffold=asked.scaffold, **given)
        if asked.dry_run:
            _write(planned.diff())
        else:
            _write([f"{line}\n" for line in planned.carry_out()])
    except InitError as error:
        raise UsageError(str(error)) from error
    for remark in planned.remarks:
        _complain(remark)
    return OK


def factory(asked: argparse.Namespace) -> int:
    """Print what the factories offer, read from their source: methods, parameters, what the doubles have, uses."""
    from ssot_lsp.analysis import Workspace
    from ssot_lsp.render.factory import render_json, render_markdown

    folder = _current_folder()
    analysis = Workspace(folders=[folder]).snapshot()
    here = os.path.join(folder, "conftest.py")
    found = analysis.factories(here)
    if not found:
        names = ", ".join(f"`{name}`" for name in analysis.config(here).factory)
        message = f"no factory was found: {names} is defined nowhere below {analysis.config(here).root}"
        raise UsageError(message)
    render = render_json if asked.format == "json" else render_markdown
    _write(render(found, analysis.factory_uses(here), folder, analysis.config(here).isolation_parameters))
    return OK


def doctor(asked: argparse.Namespace) -> int:
    """Print what was found, and why."""
    from ssot_lsp.doctor import examine

    _write(f"{line}\n" for line in examine(_current_folder(), asked.file))
    return OK


def server(asked: argparse.Namespace) -> int:
    """Serve an editor."""
    from ssot_lsp.server import run

    host, _, port = (asked.tcp or ":0").rpartition(":")
    if asked.tcp is None:
        return run()
    if not host or not port.isdecimal() or int(port) > 65535:
        message = f"--tcp takes HOST:PORT, not {asked.tcp}"
        raise UsageError(message)
    return run((host.strip("[]"), int(port)))


def demo(asked: argparse.Namespace) -> int:
    """Give a tour."""
    from ssot_lsp.demo import run

    return run(asked.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "ssot-lsp", description="Find mocks in Python tests that nobody has justified."
    )
    parser.add_argument("--version", action="version", version=f"ssot-lsp {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_check,
        _add_baseline,
        _add_report,
        _add_fix,
        _add_explain,
        _add_init,
        _add_factory,
        _add_doctor,
        _add_server,
        _add_demo,
    ):
        add(commands)
    return parser


def _add_check(commands: _Commands) -> None:
    parser = commands.add_parser("check", help="check files and folders", description=check.__doc__)
    parser.set_defaults(command=check)
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders, by default the current one"
    )
    parser.add_argument(
        "--format",
        choices=("text", "concise", "json", "sarif", "github"),
        default="text",
        help="text shows the source, concise has a line per finding, json is for programs, sarif for what collects"
        " results, github annotates a pull request",
    )
    parser.add_argument(
        "--select", action="append", metavar="RULES", help="these rules alone, with commas between, or ALL"
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="RULES", help="not these rules, with commas between"
    )
    _add_effort(parser)
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 also when there are findings")
    parser.add_argument("--statistics", action="store_true", help="count the findings of each rule")
    parser.add_argument(
        "--fixes", action="store_true", help="with --format json or sarif, list the fixes that editors offer"
    )
    parser.add_argument("--fix", action="store_true", help="first apply all fixes that surely change no test")
    parser.add_argument(
        "--unsafe", action="store_true", help="with --fix, also those that somebody should look at"
    )
    parser.add_argument(
        "--diff",
        nargs="?",
        const="",
        metavar="REV",
        help="only what stands on lines that have changed since a git revision; REV... is where the branch left it;"
        " with --fix and no REV, show what would be written and write nothing",
    )
    parser.add_argument("--no-baseline", action="store_true", help="as if there were no baseline")
    parser.add_argument(
        "--locked", action="store_true", help="exit with 1 also when the baseline holds what is gone"
    )
    parser.add_argument("--stdin-filename", metavar="NAME", help="check standard input as the file NAME")
    parser.add_argument("--no-prefilter", action="store_true", help=argparse.SUPPRESS)


def _add_effort(parser: argparse.ArgumentParser) -> None:
    """How a run over many files goes about it."""
    parser.add_argument(
        "--jobs", type=_number, metavar="N", help="how many processes, by default one per usable core"
    )
    parser.add_argument("--no-cache", action="store_true", help="neither use nor keep earlier results")


def _add_baseline(commands: _Commands) -> None:
    parser = commands.add_parser(
        "baseline", help="leave the findings that there are for later", description=baseline.__doc__
    )
    parser.set_defaults(command=baseline)
    how = parser.add_mutually_exclusive_group()
    for name, meaning in (
        ("update", "remove what is gone"),
        ("grow", "remove what is gone, add what is new"),
    ):
        how.add_argument(
            f"--{name}", action="store_const", const=name, dest="how", default="create", help=meaning
        )
    _add_effort(parser)


def _add_fix(commands: _Commands) -> None:
    parser = commands.add_parser(
        "fix", help="apply fixes that need review, verified by your tests", description=fix.__doc__
    )
    parser.set_defaults(command=fix)
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders, by default the current one"
    )
    parser.add_argument(
        "--verify",
        required=True,
        metavar="COMMAND",
        help="what tests one file, which it calls {file}, like 'pytest {file}'; it is run for each file, before and after",
    )
    parser.add_argument(
        "--select",
        action="append",
        metavar="RULES",
        help="the findings of these rules alone, with commas between",
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="RULES",
        help="not those of these, with commas between",
    )
    parser.add_argument(
        "--jobs", type=_number, default=1, metavar="N", help="how many files at a time, by default 1"
    )
    parser.add_argument(
        "--timeout",
        type=_number,
        metavar="SECONDS",
        help=f"when a command counts as hanging, by default after {_HANGING}, and after a change when it takes ten "
        f"times as long as before, but no less than {_PATIENCE}",
    )
    parser.add_argument(
        "--restart", action="store_true", help="try again what an earlier run has settled in .ssot-verify"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for programs")


def _add_report(commands: _Commands) -> None:
    parser = commands.add_parser(
        "report", help="report on all tests, in numbers and charts", description=report.__doc__
    )
    parser.set_defaults(command=report)
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="by default the current one")
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json", "html"),
        default="text",
        help="html is one page with charts, json is for programs and for --compare",
    )
    parser.add_argument(
        "--compare", metavar="EARLIER.json", help="also show what has changed since that report"
    )
    parser.add_argument(
        "--fail-under",
        type=_percentage,
        metavar="PERCENT",
        help="exit with 1 where less than that has nothing against it",
    )
    _add_effort(parser)


def _add_explain(commands: _Commands) -> None:
    parser = commands.add_parser(
        "explain", help="say what a rule means, or why a line is flagged", description=explain.__doc__
    )
    parser.set_defaults(command=explain)
    parser.add_argument(
        "what", nargs="?", metavar="RULE | PATH:LINE", help="a rule's name or a place, by default all rules"
    )


def _add_init(commands: _Commands) -> None:
    parser = commands.add_parser(
        "init", help="set a project up: its configuration, a factory, base classes", description=init.__doc__
    )
    parser.set_defaults(command=init)
    parser.add_argument("folder", nargs="?", default="", help="the project's, by default the current folder")
    parser.add_argument(
        "--scaffold", action="store_true", help="also write a factory and base classes; they are yours then"
    )
    parser.add_argument(
        "--factory",
        metavar="PATH",
        help="where the factory goes, by default test_framework/ssot/mock_factory.py",
    )
    parser.add_argument(
        "--bases", metavar="PATH", help="where the base classes go, by default base_test_case.py beside it"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change, as a diff")


def _add_factory(commands: _Commands) -> None:
    parser = commands.add_parser(
        "factory", help="show what the factories offer, for people and agents", description=factory.__doc__
    )
    parser.set_defaults(command=factory)
    parser.add_argument(
        "--format", choices=("markdown", "json"), default="markdown", help="json is for programs"
    )


def _add_doctor(commands: _Commands) -> None:
    parser = commands.add_parser(
        "doctor",
        help="say which configuration, factory and interpreter were found",
        description=doctor.__doc__,
    )
    parser.set_defaults(command=doctor)
    parser.add_argument("file", nargs="?", metavar="FILE", help="also say what holds for this file")


def _add_server(commands: _Commands) -> None:
    parser = commands.add_parser(
        "server", help="serve an editor, on standard input and output", description=server.__doc__
    )
    parser.set_defaults(command=server)
    parser.add_argument("--tcp", metavar="HOST:PORT", help="listen there instead, for debugging")


def _add_demo(commands: _Commands) -> None:
    parser = commands.add_parser(
        "demo", help="lay out a sample workspace and give a tour of it", description=demo.__doc__
    )
    parser.set_defaults(command=demo)
    parser.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="where, by default a new temporary folder"
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        message = f"{text!r} is no number from 1 on"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _percentage(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        message = f"{text!r} is no number from 0 to 100"
        raise argparse.ArgumentTypeError(message)
    return number


def _earlier(name: str | None, folder: str) -> dict[str, Any] | None:
    """The metrics of an earlier report."""
    if name is None:
        return None
    from ssot_lsp.files import Files, UnreadableError
    from ssot_lsp.render.report import EarlierError, earlier_metrics

    try:
        return earlier_metrics(Files().bytes_of(os.path.abspath(os.path.join(folder, name))))
    except (UnreadableError, EarlierError) as error:
        message = f"{name} cannot be compared with: {error}"
        raise UsageError(message) from error


def _options(asked: argparse.Namespace) -> Options:
    if asked.fixes and asked.format not in {"json", "sarif"}:
        message = "--fixes needs --format json or sarif"
        raise UsageError(message)
    options = _options_of(asked.select, asked.ignore)
    return replace(
        options,
        with_fixes=asked.fixes and asked.format == "json",
        with_edits=asked.fixes and asked.format == "sarif",
        with_fingerprints=asked.format == "sarif",
        baseline="ignored" if asked.no_baseline else "needed",
        prefilter=not asked.no_prefilter,
        use_cache=not asked.no_cache,
        jobs=asked.jobs or options.jobs,
    )


def _options_of(select: Sequence[str] | None, ignore: Sequence[str]) -> Options:
    from ssot_lsp.scan import Options

    chosen = None if select is None else _rules(select)
    return Options(select=chosen, ignore=_rules(ignore), jobs=_usable_cores())


def _changes(asked: argparse.Namespace, folder: str) -> Changes:
    from ssot_lsp.scan.changes import Changes, RevisionError

    if not asked.diff:
        message = "--diff takes a git revision: --diff=REV"
        raise UsageError(message)
    for other in ("locked", "stdin_filename"):
        if getattr(asked, other):
            message = f"--diff and --{other.replace('_', '-')} exclude each other"
            raise UsageError(message)
    try:
        return Changes(asked.diff, folder)
    except RevisionError as error:
        raise UsageError(str(error)) from error


def _rules(lists: Iterable[str]) -> tuple[str, ...]:
    """The rules that are named in `lists`, which have commas between."""
    names = tuple(dict.fromkeys(name.strip() for each in lists for name in each.split(",") if name.strip()))
    if names:
        from ssot_lsp.config import ALL_RULES
        from ssot_lsp.rules import RULES

        known = {ALL_RULES, *(rule.name for rule in RULES)}
        for name in names:
            if name not in known:
                raise UsageError(_no_such_rule(name))
    return names


def _no_such_rule(name: str) -> str:
    from ssot_lsp.config import did_you_mean
    from ssot_lsp.rules import RULES

    hint = did_you_mean(name, [rule.name for rule in RULES])
    return f"there is no rule `{name}`" + (f", did you mean `{hint}`?" if hint else "")


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _current_folder() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        message = f"the current folder cannot be used: {error.strerror}"
        raise UsageError(message) from error


def _standard_input() -> bytes:
    if sys.stdin is None:
        message = "there is no standard input to read"
        raise UsageError(message)
    return sys.stdin.buffer.read()


def _explanation(name: str, line: int) -> str:
    """Why the 0-based `line` of the file `name` is or is not flagged."""
    from ssot_lsp.analysis import Workspace
    from ssot_lsp.files import UnreadableError

    folder = _current_folder()
    path = os.path.abspath(os.path.join(folder, name))
    analysis = Workspace(folders=[folder]).snapshot()
    try:
        count = len(analysis.lines(path))
    except UnreadableError as error:
        message = f"{name} cannot be read: {error}"
        raise UsageError(message) from error
    if not 0 <= line < count:
        message = f"{name} has {count} lines, there is no line {line + 1}"
        raise UsageError(message)
    return analysis.explain(path, line)


def _rendered(report: Report, asked: argparse.Namespace, folder: str, paint: Paint) -> Iterator[str]:
    """What goes to standard output."""
    from ssot_lsp.render.text import render_statistics, render_text, summary

    if asked.format == "json":
        from ssot_lsp.render.json import render_json

        yield from render_json(report, with_fixes=asked.fixes)
    elif asked.format == "sarif":
        from ssot_lsp.render.sarif import render_sarif

        yield from render_sarif(report)
    elif asked.statistics:
        yield from render_statistics(report)
    elif asked.format == "github":
        from ssot_lsp.render.github import render_github

        yield from render_github(report, folder)
    elif asked.format == "concise":
        from ssot_lsp.render.concise import render_concise

        yield from render_concise(report, folder, paint)
    else:
        yield from render_text(report, folder, paint)
    if asked.format == "text":
        yield summary(report, paint)


def _remarks(report: Report, form: str, folder: str) -> Iterator[str]:
    """What goes to standard error: what was not done, and why."""
    from ssot_lsp.render.text import shown_path, summary

    yield from report.notes
    for path, count in report.gone.items():
        yield (
            f"{shown_path(path, folder)} could shrink: {count} of its findings are gone or have moved, and"
            " `ssot-lsp baseline --update` removes them"
        )
    if form not in {"json", "sarif"}:
        yield from (
            f"{shown_path(path, folder)} could not be checked: {why}" for path, why in report.failures
        )
    yield from (f"error: {each}" for each in report.errors)
    if form in {"concise", "github"}:
        yield summary(report).rstrip()


def _paint() -> Paint:
    from ssot_lsp.render.terminal import paint, plain

    return paint if _has_colours() else plain


def _has_colours() -> bool:
    if sys.platform == "win32" and not (os.environ.get("WT_SESSION") or os.environ.get("TERM")):
        return False
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Look for no garbage: files are freed one by one as they are done, and the process ends soon."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()  # else all that there is now would be looked through at once
            gc.enable()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to end be an interrupt, so that what was begun is undone."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _progress(what: str = "checking", least: int = _BAR_FROM) -> Iterator[Callable[[int, int], None] | None]:
    """What shows how far the work is, where somebody can see it, from so many files on."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    with contextlib.ExitStack() as stack:
        task = None
        shown_at = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal task, shown_at
            now = time.monotonic()
            if total < least or (now < shown_at + 0.1 and done < total):
                return
            shown_at = now
            if task is None:
                task = _bar(stack, what, total)
            task(done)

        yield progress


def _bar(stack: contextlib.ExitStack, what: str, total: int) -> Callable[[int], None]:
    """A bar on standard error that goes when it is done; tell it how many of `total` files are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task(what, total=total)
    return lambda done: bar.update(task, completed=done)


def _write(pieces: Iterable[str]) -> None:
    """Put text on standard output; a reader that has seen enough (`| head`) is no error."""
    try:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):  # else the interpreter tries once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            message = f"the output cannot be written: {error.strerror}"
            raise UsageError(message) from error


def _complain(message: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"ssot-lsp: {message}", file=sys.stderr)
