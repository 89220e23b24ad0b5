"""A stand-in for the SAM CLI: `sam_stand_in.py FOLDER local invoke | start-lambda ...`.

It writes its arguments to FOLDER/arguments, and FOLDER/interrupted when it is interrupted. With the option
`--fails` it ends at once, with `--hangs` it does nothing until it is interrupted.
"""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Invoking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        event = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"path": "%s", "event": %s}' % (self.path.encode(), event))


def run(options: list[str]) -> None:
    if "--hangs" in options:
        time.sleep(600)
    if "start-lambda" in options:
        port = int(options[options.index("--port") + 1])
        HTTPServer(("127.0.0.1", port), Invoking).serve_forever()
    sys.stderr.write("START")
    sys.stdout.write('{"answered": true}')


def main() -> None:
    folder, *options = sys.argv[1:]
    if "--fails" in options:
        sys.exit("the image is missing")
    try:
        Path(folder, "arguments").write_text("\n".join(options))
        run(options)
    except KeyboardInterrupt:
        Path(folder, "interrupted").touch()


if __name__ == "__main__":
    main()
