"""Doubles for fastmcp's tests: each method sets what most of them set on that double, or use of it."""

from __future__ import annotations

from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock


class SSotMockFactory:
    """The one place where fastmcp's doubles are made."""

    @staticmethod
    def create_client_mock() -> AsyncMock:
        """An HTTP client that is its own asynchronous context."""
        client = AsyncMock()
        client.__aenter__.return_value = client
        client.__aexit__ = AsyncMock(return_value=None)
        client.get = AsyncMock()
        client.post = AsyncMock()
        client.aclose = AsyncMock()
        return client

    @staticmethod
    def create_oauth_client_mock() -> AsyncMock:
        """A client of an identity provider, whose tokens the test says."""
        client = AsyncMock()
        client.fetch_token = AsyncMock()
        client.refresh_token = AsyncMock()
        client.aclose = AsyncMock()
        return client

    @staticmethod
    def create_response_mock(status_code: int = 200, text: str = "") -> MagicMock:
        """A response that is well."""
        response = MagicMock()
        response.status_code = status_code
        response.text = text
        response.raise_for_status = MagicMock()
        response.raise_for_status.return_value = None
        return response

    @staticmethod
    def create_stream_mock(status_code: int = 200) -> MagicMock:
        """A response that is read in pieces, and its own asynchronous context."""
        stream = MagicMock()
        stream.status_code = status_code
        stream.headers = {}
        stream.__aenter__ = AsyncMock(return_value=stream)
        stream.__aexit__ = AsyncMock(return_value=None)
        return stream

    @staticmethod
    def create_call_next_mock(**attributes: Any) -> AsyncMock:
        """What a middleware hands its request on to."""
        call_next = AsyncMock(**attributes)
        call_next.return_value = "result"
        return call_next

    @staticmethod
    def create_token_verifier_mock(**attributes: Any) -> AsyncMock:
        """What verifies a token: to no avail, unless told otherwise."""
        verifier = AsyncMock(**attributes)
        verifier.return_value = None
        return verifier

    @staticmethod
    def create_session_mock() -> MagicMock:
        """A session with a client that can be pinged."""
        session = MagicMock()
        session.send_ping = AsyncMock()
        return session

    @staticmethod
    def create_context_mock(method: str = "test_method") -> MagicMock:
        """What a middleware is told of a request."""
        context = MagicMock()
        context.method = method
        context.source = "client"
        context.type = "request"
        return context

    @staticmethod
    def create_config_mock() -> AsyncMock:
        """A configuration that can be prepared, and whose source loads a server."""
        config = AsyncMock()
        config.prepare = AsyncMock()
        config.source.load_server = AsyncMock()
        return config

    @staticmethod
    def create_server_instance_mock() -> AsyncMock:
        """A server that serves nobody."""
        server = AsyncMock()
        server.serve = AsyncMock()
        return server

    @staticmethod
    def create_server_mock() -> AsyncMock:
        """A server that leaves the signals alone."""
        server = AsyncMock()
        server.serve = AsyncMock()
        server.install_signal_handlers = MagicMock()
        return server

    @staticmethod
    def create_docket_mock() -> MagicMock:
        """A docket that takes tasks."""
        docket = MagicMock()
        docket.register = MagicMock()
        return docket

    @staticmethod
    def create_result_mock(returncode: int = 0) -> MagicMock:
        """A process that has ended."""
        result = MagicMock()
        result.returncode = returncode
        return result

    @staticmethod
    def create_proc_mock(pid: int = 99999) -> AsyncMock:
        """A process that runs until it is told to end."""
        proc = AsyncMock()
        proc.pid = pid
        proc.returncode = None
        proc.terminate = MagicMock()
        proc.kill = MagicMock()
        proc.wait.return_value = 0
        return proc

    @staticmethod
    def create_transport_mock() -> AsyncMock:
        """A transport that can be ended."""
        transport = AsyncMock()
        transport.terminate = AsyncMock()
        return transport

    @staticmethod
    def create_provider_mock() -> Mock:
        """A provider of identities."""
        provider = Mock()
        provider.get_client = AsyncMock()
        return provider

    @staticmethod
    def create_fetch_mock(**attributes: Any) -> AsyncMock:
        """What fetches a document."""
        fetch = AsyncMock(**attributes)
        fetch.return_value = None
        return fetch

    @staticmethod
    def create_credential_mock() -> MagicMock:
        """A credential that is closed by hand."""
        credential = MagicMock()
        credential.close = AsyncMock()
        return credential
