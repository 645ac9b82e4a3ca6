"""docs/nginx.conf, tried by nginx itself where it is installed."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings

from dukcapil import embedded, processes
from tests import slow
from tests.world import World

NGINX = shutil.which("nginx")
pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.xdist_group("serve"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed: docs/nginx.conf not tried"),
]


@contextlib.contextmanager
def proxied(folder: Path, behind: int) -> Iterator[int]:
    """The file as it stands, but for its ports, its certificate and where it logs."""
    port = embedded.free_port()
    text = (settings.BASE_DIR / "docs" / "nginx.conf").read_text()
    for pattern, ours in (
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"server 127\.0\.0\.1:8000;", f"server 127.0.0.1:{behind};"),
        (r"ssl_certificate\S* \S+;\n", "\n"),
        (r"ssl_protocols [^;]+;", ""),
        (r"error_log \S+ crit;", f"error_log {folder}/nginx.log crit;"),
    ):
        text, found = re.subn(pattern, ours, text)
        assert found, pattern
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n{places}{text}\n}}\n"
    )
    command = [str(NGINX), "-p", str(folder), "-c", str(config)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    process = processes.spawn(command, log=folder / "nginx.out")
    try:
        deadline = time.monotonic() + 10
        while slow.seconds_of_health(port) is None:
            assert time.monotonic() < deadline, (folder / "nginx.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        processes.stop(process, signal.SIGTERM)


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers that arrived."""

    def do_GET(self) -> None:
        body = str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


def test_the_proxy_alone_says_where_a_request_comes_from(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    claims = {
        "X-Forwarded-For": "203.0.113.7",
        "X_Forwarded_For": "203.0.113.7",
        "Forwarded": "for=203.0.113.7",
        "X-Real-IP": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "lain.example",
        "X-Ours": "kept",
    }
    try:
        with proxied(tmp_path, server.server_port) as port:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=claims)
            with urllib.request.urlopen(asked) as answer:
                arrived = answer.read().decode()
    finally:
        server.shutdown()
    assert "203.0.113.7" not in arrived
    assert "lain.example" not in arrived
    assert re.findall("X.Forwarded.For: (.*)", arrived) == ["127.0.0.1"]
    assert "X-Forwarded-Proto: http\n" in arrived
    assert "X-Ours: kept" in arrived


def test_the_application_behind_the_proxy(kept: World, tmp_path: Path) -> None:
    with slow.served(tmp_path / "web.log") as behind, proxied(tmp_path, behind) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/akun/masuk/") as page:
            assert b"csrfmiddlewaretoken" in page.read()
        waiting = slow.Slow(port, 40)
        assert slow.seconds_of_health(port) is not None
        huge = slow.head("/akun/masuk/", 400 * 2**20, "Content-Type: multipart/form-data")
        # nginx takes some of it in for three seconds more, and throws it away.
        assert slow.sent(port, huge)[0] == 413
        waiting.close()
