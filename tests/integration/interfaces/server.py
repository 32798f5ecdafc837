"""A local HTTP server that answers as a system's public documentation says.

A `System` (one module each) holds objects and answers requests about them; the server keeps the
requests for tests to look at, and gives other answers (too many requests, torn JSON …) when told.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """A request: `query` holds the last value of every parameter, `body` the JSON of a POST."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    def values(self, name: str) -> list[str]:
        """All values of a parameter that may stand several times."""
        return self.all_values.get(name, [])

    all_values: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """`body`: made to JSON, unless it is a text."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class System(Protocol):
    """What stands behind the server."""

    def answer(self, request: Request, url: str) -> Answer:
        """`url`: the server's own address."""


class Server:
    """Serves a system on a port of its own."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.requests: list[Request] = []
        self._instead: dict[int, Answer] = {}
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._serve(self)

            def do_POST(self) -> None:
                server._serve(self)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def instead(self, *answers: Answer | None, after: int = 0) -> None:
        """Answer so for once each (None: as ever), after so many more requests."""
        for number, answer in enumerate(answers, len(self.requests) + after):
            if answer:
                self._instead[number] = answer

    def forget(self) -> None:
        """No requests so far, no other answers to come."""
        self.requests, self._instead = [], {}

    def asked(self, path: str) -> list[Request]:
        """The requests for a path that ends so."""
        return [request for request in self.requests if request.path.endswith(path)]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        content = handler.rfile.read(length).decode()
        is_json = "json" in (handler.headers.get("Content-Type") or "")
        values = parse_qs(parts.query, keep_blank_values=True)
        request = Request(
            method=handler.command,
            path=parts.path,
            query={name: several[-1] for name, several in values.items()},
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=json.loads(content) if is_json else parse_qs(content),
            all_values=values,
        )
        with self._lock:
            answer = self._instead.pop(len(self.requests), None)
            self.requests.append(request)
            answer = answer or self.system.answer(request, self.url)
        content_type = "application/json; charset=UTF-8"
        handler.send_response(answer.status)
        for name, value in {"Content-Type": content_type, **answer.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.content())))
        handler.end_headers()
        handler.wfile.write(answer.content())

    @contextmanager
    def running(self) -> Iterator["Server"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
