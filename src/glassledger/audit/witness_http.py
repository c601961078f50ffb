"""The witness protocol on the wire: a small server, and the client's one request.

The server speaks plain HTTP and listens on the loopback interface unless told otherwise; TLS belongs to a proxy before
it. Requests are not authenticated beyond the log's signature, as the protocol has it.
"""

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from glassledger.audit.witness import MAX_BODY, Answer, Witness
from glassledger.errors import StorageError, UsageError

PORT: Final = 8473
PATH: Final = "/add-checkpoint"
_PATIENCE: Final = 15.0  # seconds
_MAX_ANSWER: Final = 64 * 1024

Ask = Callable[[str, bytes], Answer]
"""Posts a body to a witness's URL."""


def make_server(witness: Witness, *, host: str = "127.0.0.1", port: int = PORT) -> ThreadingHTTPServer:
    """A server that is bound but not yet serving; ``serve_forever`` runs it.

    Raises
    ------
    UsageError
        When it cannot listen there.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "glassledger-witness"
        sys_version = ""
        timeout = _PATIENCE

        def do_POST(self) -> None:
            if self.path.rstrip("/") != PATH:
                self._answer(Answer(404, b"There is only POST /add-checkpoint here.\n"))
                return
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > MAX_BODY:
                self.close_connection = True
                self._answer(Answer(400, b"A request has a length of at most 64 KiB.\n"))
                return
            self._answer(witness.add_checkpoint(self.rfile.read(int(length))))

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what matters is in the state and the evidence."""

    try:
        return ThreadingHTTPServer((host, port), Handler)
    except OSError:
        raise UsageError(
            f"The witness cannot listen on {host} port {port}.",
            code="witness-port",
            hint="Choose another --port, or end what is using it.",
        ) from None


def ask(url: str, body: bytes) -> Answer:
    """Post a submission; no redirect is followed.

    Raises
    ------
    StorageError
        Code ``witness-unreachable``.
    """
    return post(url.rstrip("/") + PATH, body, "text/plain; charset=utf-8", who="witness")


def post(url: str, body: bytes, content_type: str, *, who: str) -> Answer:
    """One POST over HTTP or HTTPS, with a limit on time and size."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"This is not the address of a {who}.", code=f"{who}-url", hint="Use http://host[:port]/ or https://…"
        )
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection = make(parts.hostname, parts.port, timeout=_PATIENCE)
        try:
            connection.request("POST", path or "/", body, {"Content-Type": content_type})
            response = connection.getresponse()
            kind = response.headers.get("Content-Type", "")
            return Answer(response.status, response.read(_MAX_ANSWER), kind)
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError):
        raise StorageError(
            f"The {who} at {parts.hostname} does not answer.",
            code=f"{who}-unreachable",
            hint="Check that it runs and that the address is right; nothing was changed in the log.",
            facts={"host": parts.hostname},
        ) from None
