"""The baseline in the editor: add one finding to it, write it, say what is wrong with it.

A finding is added by a command and not by an edit: editors open a file that an edit changes and leave it unsaved, and
what is not saved hides nothing.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified, JsonRpcException, JsonRpcInvalidParams

if TYPE_CHECKING:
    from ssot_lsp.analysis import Analysis
    from ssot_lsp.finding import Finding
    from ssot_lsp.scan.ratchet import How
    from ssot_lsp.server.documents import Document
    from ssot_lsp.server.session import Session

log = logging.getLogger("ssot_lsp.server")

ADD = "ssot-lsp.addToBaseline"
WRITE = "ssot-lsp.writeBaseline"


class Ratchet:
    """The baselines of one session's workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def action(self, analysis: Analysis, document: Document, finding: Finding) -> types.CodeAction | None:
        """The offer to add a finding; None where it would fail no check, or where there is no place for a baseline."""
        from ssot_lsp.baseline import BaselineError  # noqa: PLC0415 - loaded after `initialize`
        from ssot_lsp.finding import Severity  # noqa: PLC0415 - as above

        if (
            finding.shown_severity > Severity.WARNING
            or not document.is_python
            or not os.path.isabs(document.path)
        ):
            return None
        try:
            analysis.baseline(document.path)
        except BaselineError:
            return None
        (about,) = analysis.fingerprints(document.path, [finding])
        command = types.Command("Add to baseline", ADD, arguments=[document.uri, finding.rule, *about])
        return types.CodeAction("Add to baseline", types.CodeActionKind.QuickFix, command=command)

    def add(self, *arguments: Any) -> None:
        """Add a finding to the baseline of its file; refused where the file no longer has it."""
        from ssot_lsp.baseline import Baseline, BaselineError, Key, path_of  # noqa: PLC0415 - as above
        from ssot_lsp.scan import ratchet  # noqa: PLC0415 - as above

        if len(arguments) != 4 or not all(isinstance(each, str) for each in arguments):
            message = f"`{ADD}` takes the URI of a document, a rule, a definition and a construct"
            raise JsonRpcInvalidParams(message)
        uri, *parts = arguments
        document = self._session.documents.ready_at(uri)
        if document is None:
            raise JsonRpcContentModified
        analysis, key = self._session.documents.analysis(), Key(*parts)
        findings = [each for each in analysis.findings(document.path) if not each.is_baselined]
        abouts = analysis.fingerprints(document.path, findings)
        if key not in [Key(each.rule, *about) for each, about in zip(findings, abouts, strict=True)]:
            raise JsonRpcContentModified
        config = analysis.config(document.path)
        try:
            before = analysis.baseline(document.path)
            baseline = before or Baseline(path_of(config), config.root)
            ratchet.write(ratchet.Written(before, baseline.with_one_more(document.path, key)))
        except BaselineError as error:
            raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from error
        self._session.documents.changed_outside({baseline.path})

    async def write(self, *arguments: Any) -> str:
        """Write the baselines of all folders, as `ssot-lsp baseline` does; what was done, in lines.

        Where there is one, what is gone from it is removed. The one argument that there may be is `"grow"`: what is
        new is added too.
        """
        from ssot_lsp.baseline import BaselineError  # noqa: PLC0415 - as above

        if arguments not in {(), ("grow",)}:
            message = f'`{WRITE}` takes nothing, or "grow"'
            raise JsonRpcInvalidParams(message)
        session = self._session
        done: list[str] = []
        for folder in list(session.folders):
            work = session.loop.run_in_executor(session.pool, _write, folder, bool(arguments))
            try:
                text, paths = await work
            except BaselineError as error:
                raise JsonRpcException(str(error), types.LSPErrorCodes.RequestFailed) from error
            done.append(text)
            session.documents.changed_outside(paths)
        return "".join(done)


def _write(folder: str, grows: bool) -> tuple[str, set[str]]:  # noqa: FBT001 - an executor passes it
    """Write the baselines below a folder: what was done, in lines, and which files were written."""
    from ssot_lsp.baseline import BaselineError, Baselines  # noqa: PLC0415 - as above
    from ssot_lsp.config import Configs  # noqa: PLC0415 - as above
    from ssot_lsp.files import Files  # noqa: PLC0415 - as above
    from ssot_lsp.scan import Options, plan_baselines  # noqa: PLC0415 - as above
    from ssot_lsp.scan.ratchet import told, write  # noqa: PLC0415 - as above

    config = Configs(Files(), [folder]).of_folder(folder)
    is_there = Baselines(Files()).of(config) is not None
    options = Options(jobs=max(1, (os.cpu_count() or 2) - 1))
    how: How = "grow" if grows else "update" if is_there else "create"
    report, planned = plan_baselines([config.root], options, config.root, how)
    if report.errors:
        raise BaselineError("; ".join(report.errors))
    for each in planned:
        write(each)
    return "".join(f"{line}\n" for line in told(planned, folder)), {each.after.path for each in planned}
