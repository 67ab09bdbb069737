"""What is asked of a run, and what it found: values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.config import ALL_RULES
from ssot_lsp.finding import Severity

if TYPE_CHECKING:
    from ssot_lsp.cache import Result
    from ssot_lsp.config import ProjectConfig


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for, besides the paths. Picklable: the processes get it."""

    select: tuple[str, ...] | None = None  # rules, in the place of the configuration's
    ignore: tuple[str, ...] = ()  # rules, besides the configuration's
    with_fixes: bool = False
    with_edits: bool = (
        False  # what fixes do, which takes far longer than what they are called, and is not kept
    )
    with_summary: bool = False  # also what a report counts
    with_fingerprints: bool = False  # also what each finding is about; for a baseline always
    prefilter: bool = True  # skip files in which no needle of a rule stands, unparsed
    use_cache: bool = True
    baseline: Literal["needed", "usable", "ignored"] = "needed"  # usable: one that cannot be used ends no run
    jobs: int = 1
    covered: tuple[str, ...] = ()  # configuration files of which the whole folder is checked

    @property
    def key(self) -> str:
        """What of it changes the result for a file."""
        return repr((self.select, self.ignore, self.with_fixes, self.with_summary, self.with_fingerprints))

    @property
    def is_whole(self) -> bool:
        """Whether every rule has its say that the configuration lets speak."""
        return self.select is None and not self.ignore

    def adjust(self, config: ProjectConfig) -> ProjectConfig:
        """The configuration as it is for this run."""
        if self.select is None and not self.ignore:
            return config
        chosen = self.select or ()
        kept = tuple(each for each in config.ignore if each not in chosen and ALL_RULES not in chosen)
        select = config.select if self.select is None else self.select
        return replace(config, select=select, ignore=(*kept, *self.ignore))


class LeftOut(NamedTuple):
    """A file or folder that is excluded. `tests`: how many test files; None where nobody looked for them."""

    path: str
    why: str  # the end of "… is excluded: …"
    tests: int | None
    is_folder: bool


@dataclass(slots=True)
class Report:
    """What a run found."""

    root: str  # absolute; paths are shown as seen from here
    results: list[Result] = field(default_factory=list)  # in the order of their paths
    files_excluded: int = 0
    left_out: list[LeftOut] = field(default_factory=list)  # as far as was asked: `Options.with_summary`
    unasked: list[str] = field(
        default_factory=list
    )  # files that pytest collects and `test-files` does not name
    others: int = 0  # Python files that are no test files and not left out, as far as was asked
    failures: list[tuple[str, str]] = field(default_factory=list)  # path and reason
    baselined: int = 0
    revision: str | None = None  # where only findings count on lines that have changed since
    gone: dict[str, int] = field(default_factory=dict)  # baseline -> how many of its findings are no more
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)  # what was asked for and not done, for people
    errors: list[str] = field(default_factory=list)  # wrong usage or configuration, for people

    @property
    def files_checked(self) -> int:
        """How many test files were analysed."""
        return sum(result.is_test for result in self.results)

    @property
    def suppressed(self) -> int:
        """How many findings a comment in the source hides."""
        return sum(result.suppressed for result in self.results)

    @property
    def is_clean(self) -> bool:
        """Whether there is no warning and no error."""
        return not any(row.severity <= Severity.WARNING for result in self.results for row in result.rows)
