"""A program of its own: an HTTP server that answers every request with a list of items, and counts.

It stands for Apify in measurements. The list has 20 items; that of the dataset `many` has almost as many
bytes as a small result may have, and that of `most` almost as many as any. `GET /count` answers how many
other requests there were, and the times of the first and the last; `GET /reset` begins again. The port is
written to standard output; it ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from apify_camunda.apify.model import LARGE_BYTES, SMALL_BYTES


def _list_of(items: int) -> str:
    return json.dumps(
        [{"number": number, "title": f"Item {number}", "price": 10 + number} for number in range(items)]
    )


_ITEM_BYTES = 60
ITEMS = _list_of(20)
LISTS = {
    b"many": _list_of(SMALL_BYTES // _ITEM_BYTES),
    b"most": _list_of(LARGE_BYTES // _ITEM_BYTES),
}
assert len(LISTS[b"many"]) < SMALL_BYTES < len(LISTS[b"most"]) < LARGE_BYTES


class Counter:
    """What was asked since the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.count, self.first, self.last = 0, 0.0, 0.0

    def note(self) -> None:
        now = time.time()
        self.first = self.first or now
        self.last = now
        self.count += 1

    def text(self) -> str:
        return json.dumps({"count": self.count, "first": self.first, "last": self.last})


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counter: Counter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            if path == b"/count":
                body = counter.text()
            elif path == b"/reset":
                counter.reset()
                body = "{}"
            else:
                counter.note()
                dataset = path.removeprefix(b"/v2/datasets/").partition(b"/")[0]
                body = LISTS.get(dataset, ITEMS)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"X-Apify-Pagination-Total: 20\r\nX-Apify-Pagination-Offset: 0\r\n"
                b"X-Apify-Pagination-Count: 20\r\nX-Apify-Pagination-Limit: 999999999999\r\n"
                + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the last: it ends
        writer.close()


async def main() -> None:
    """Serve until standard input closes."""
    counter = Counter()
    server = await asyncio.start_server(lambda r, w: serve(r, w, counter), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
