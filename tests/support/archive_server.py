"""An archive on 127.0.0.1 that misbehaves on demand."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class File:
    """The content of one path, and how badly it is served."""

    content: bytes
    statuses: list[int] = field(default_factory=list)  # answered first, one a request
    breaks: list[int] = field(default_factory=list)  # bytes after which the connection is cut, one a request
    extra: int = 0  # the length promises so many bytes more than there are
    ranges: bool = True
    honours_if_range: bool = True
    unversioned: bool = False  # a partial answer does not name its version
    wrong_start: bool = False  # a partial answer that begins elsewhere
    tag: str | None = "strong"  # or "weak", "date", None
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str = ""
    chunk: int = 1 << 20
    hold: threading.Event | None = None  # after a break: keep the line open and silent until this is set
    heads: bool = True

    @property
    def validators(self) -> dict[str, str]:
        digest = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        day = int(digest[:2], 16) % 28 + 1
        return {
            "strong": {"ETag": f'"{digest}"'},
            "weak": {"ETag": f'W/"{digest}"'},
            "date": {"Last-Modified": f"Mon, {day:02d} Jan 2024 00:00:00 GMT"},
            None: {},
        }[self.tag]


@dataclass
class Archive:
    """Files by path, and the requests for them."""

    root: str
    files: dict[str, File] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range

    def put(self, path: str, content: bytes, **how: object) -> str:
        self.files["/" + path] = File(content, **how)  # type: ignore[arg-type]
        return self.root + path

    def gets(self, path: str) -> list[str]:
        return [span for method, where, span in self.requests if method == "GET" and where == "/" + path]


def _handler(archive: Archive) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def _begin(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def do_HEAD(self) -> None:
            self._answer("HEAD")

        def do_GET(self) -> None:
            self._answer("GET")

        def _answer(self, method: str) -> None:
            archive.requests.append((method, self.path, self.headers.get("Range", "")))
            file = archive.files.get(self.path)
            if file is None:
                return self._begin(404, {"Content-Length": "0"})
            if method == "HEAD" and not file.heads:
                return self._begin(405, {"Content-Length": "0"})
            if method == "GET" and file.statuses and (status := file.statuses.pop(0)) != 200:
                return self._begin(status, {"Content-Length": "0", "Retry-After": "0"})
            if file.redirect:
                return self._begin(302, {"Location": file.redirect, "Content-Length": "0"})
            self._serve(method, file)

        def _serve(self, method: str, file: File) -> None:
            start, size = 0, len(file.content)
            span = self.headers.get("Range", "")
            same = not file.honours_if_range or self.headers.get("If-Range") in {None, *file.validators.values()}
            if span and file.ranges and same:
                start = int(span.removeprefix("bytes=").rstrip("-"))
                if start >= size:
                    return self._begin(416, {"Content-Length": "0", "Content-Range": f"bytes */{size}"})
            body = file.content[start:]
            version = {} if start and file.unversioned else file.validators
            headers = {"Content-Length": str(len(body) + file.extra)} | version | file.headers
            if start:
                first = start - 1 if file.wrong_start else start
                headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}"
            self._begin(206 if start else 200, headers)
            if method == "HEAD":
                return
            cut = file.breaks.pop(0) if file.breaks else None
            for begin in range(0, len(body[:cut]), file.chunk):
                self.wfile.write(body[:cut][begin : begin + file.chunk])
            if cut is not None and file.hold is not None:
                self.wfile.flush()
                file.hold.wait(120)
            self.close_connection = cut is not None or bool(file.extra)

    return Handler


@contextmanager
def running() -> Iterator[Archive]:
    archive = Archive("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(archive))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client may hang up
    archive.root = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield archive
    finally:
        for file in archive.files.values():
            if file.hold is not None:
                file.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
