"""The engine for editors: the one package that knows the language server protocol.

`run` is all that the command line needs; nothing of pygls is imported before it is called.

- `app` the table of all that is understood; `protocol` and `transport` the conversation and its bytes; `convert` between
  the engine and the protocol.
- `session` one client, with the engine behind it; `documents` what is open, and what is shown of it; `content` the text
  of a document, also a long one; `survey` the diagnostics of all other files.
- `requests`, `hovers`, `completions`, `code_actions`, `ratchet` what the client asks for; `inferring` what is asked of
  `inference` for it.
- `memory` and `parent` when garbage is collected, and when the client is gone.
"""

from __future__ import annotations

__all__ = ["run"]


def run(tcp: tuple[str, int] | None = None) -> int:
    """Serve one client over standard input and output, or over `tcp`, a loopback host and a port.

    Returns the exit code: 0 if the client has shut the server down, 1 if it just went, 2 if `tcp` is no address to
    listen on.
    """
    import sys  # noqa: PLC0415 - see the module's docstring

    from ssot_lsp.server.app import create_server, log_to_stderr  # noqa: PLC0415 - as above
    from ssot_lsp.server.transport import RefusedError, run_stdio, run_tcp  # noqa: PLC0415 - as above

    sys.setswitchinterval(0.001)  # seconds; how long an answer waits for a thread that computes
    log_to_stderr()
    server = create_server()
    if tcp is None:
        return run_stdio(server)
    try:
        return run_tcp(server, *tcp)
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"ssot-lsp: cannot listen on {tcp[0]}:{tcp[1]}: {error}\n")
        return 2
