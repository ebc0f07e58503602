"""GovInfo's bulk data on loopback, served straight from the archive of captured BILLSTATUS files.

Run as a program it reads the archive, prints its port, and serves until its stdin closes:

    sitemap/bulkdata/BILLSTATUS/sitemapindex.xml → sitemap/bulkdata/BILLSTATUS/117hr/sitemap.xml → bulkdata/BILLSTATUS/…

A request for /count answers how many bill files were asked for so far.
"""

from __future__ import annotations

import re
import sys
import tarfile
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_UPDATED = re.compile(rb"<updateDate>([^<]+)</updateDate>")
_MEMBER = re.compile(r"data/(\d+)/bills/([a-z]+)/[a-z]+(\d+)/")
_HOST = "https://www.govinfo.gov"


def read_archive(path: Path) -> dict[str, bytes]:
    """Every answer by its path."""
    answers: dict[str, bytes] = {}
    rows: dict[str, list[str]] = defaultdict(list)
    with tarfile.open(path, "r|xz") as archive:
        for member in archive:
            match = _MEMBER.match(member.name)
            if not (match and member.isfile()):
                continue
            body = archive.extractfile(member).read()
            congress, kind, number = match.groups()
            address = f"/bulkdata/BILLSTATUS/{congress}/{kind}/BILLSTATUS-{congress}{kind}{number}.xml"
            answers[address] = body
            updated = _UPDATED.search(body)[1].decode()
            rows[f"{congress}{kind}"].append(
                f"<url><loc>{_HOST}{address}</loc><lastmod>{updated}</lastmod></url>"
            )
    for name, urls in rows.items():
        answers[f"/sitemap/bulkdata/BILLSTATUS/{name}/sitemap.xml"] = _xml("urlset", urls)
    maps = [
        f"<sitemap><loc>{_HOST}/sitemap/bulkdata/BILLSTATUS/{name}/sitemap.xml</loc></sitemap>"
        for name in rows
    ]
    answers["/sitemap/bulkdata/BILLSTATUS/sitemapindex.xml"] = _xml("sitemapindex", maps)
    return answers


def _xml(root: str, rows: list[str]) -> bytes:
    text = f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(rows)}</{root}>'
    return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode()


def serve(answers: dict[str, bytes]) -> None:
    """Serve until stdin closes."""
    asked = {"bills": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked["bills"] += self.path.startswith("/bulkdata/")
            body = str(asked["bills"]).encode() if self.path == "/count" else answers.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201 - the parent reads the port
    sys.stdin.read()


if __name__ == "__main__":
    serve(read_archive(Path(sys.argv[1])))
