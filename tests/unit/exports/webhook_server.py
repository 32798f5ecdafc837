"""A webhook of the tests' own: keeps what it is sent, and fails as often as it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Webhook:
    """`answers`: the statuses of the next requests; 200 once there are none left."""

    address: str = ""
    answers: list[int] = field(default_factory=list)
    asked: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def running_webhook() -> Iterator[Webhook]:
    """The server runs inside the block."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = hook.answers.pop(0) if hook.answers else 200
            hook.asked.append((status, dict(self.headers)))
            if status == 200:
                hook.bodies[self.headers["Idempotency-Key"]] = body
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hook.address = f"http://127.0.0.1:{server.server_port}/hooks/secret-path"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
