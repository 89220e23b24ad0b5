"""A program of its own: a store in DynamoDB's place that costs little.

It is for measurements over many jobs and deliveries: DynamoDB Local needs more CPU time than the worker
whose growth is to be seen. This one keeps items that are put, changes none, and takes every condition for
met, which suits rows that each call makes anew. Its port is the first line of its output; it ends when its
standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, TypeAlias

from .own_process import own_process

_Request: TypeAlias = dict[str, Any]
_LENGTH: Final = b"content-length:"


def quick_store() -> AbstractContextManager[str]:
    """Run the store and give its URL."""
    return own_process("quick_store")


class Store:
    """The rows of all tables."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._operations: dict[bytes, Callable[[_Request], _Request]] = {
            b"getitem": self._get,
            b"query": self._query,
            b"putitem": self._put,
            b"updateitem": self._update,
            b"deleteitem": self._delete,
            b"transactwriteitems": self._transact,
            b"createtable": self._table,
            b"describetable": self._table,
        }

    def answer(self, operation: bytes, request: _Request) -> _Request:
        """Return the answer to a call, named in lower case; nothing to one that concerns no row."""
        known = self._operations.get(operation)
        return known(request) if known else {}

    def _get(self, request: _Request) -> _Request:
        item = self._partition(request, request["Key"]["pk"]["S"]).get(request["Key"]["sk"]["S"])
        return {} if item is None else {"Item": item}

    def _query(self, request: _Request) -> _Request:
        values = request["ExpressionAttributeValues"]
        prefix = values.get(":prefix", {"S": ""})["S"]
        rows = self._partition(request, values[":pk"]["S"])
        return {"Items": [rows[sk] for sk in sorted(rows) if sk.startswith(prefix)]}

    def _put(self, request: _Request) -> _Request:
        item = request["Item"]
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        self._rows.setdefault(f"{request['TableName']} {pk}", {})[sk] = item
        return {}

    def _update(self, request: _Request) -> _Request:
        return {"Attributes": self._get(request).get("Item", {})}

    def _delete(self, request: _Request) -> _Request:
        self._partition(request, request["Key"]["pk"]["S"]).pop(request["Key"]["sk"]["S"], None)
        return {}

    def _transact(self, request: _Request) -> _Request:
        for each in request["TransactItems"]:
            if "Put" in each:
                self._put(each["Put"])
        return {}

    def _table(self, request: _Request) -> _Request:
        table = {"TableName": request["TableName"], "TableStatus": "ACTIVE"}
        return {"Table": table, "TableDescription": table}

    def _partition(self, request: _Request, pk: str) -> dict[str, dict[str, Any]]:
        return self._rows.get(f"{request['TableName']} {pk}", {})


async def _serve(store: Store, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the calls of one connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(_LENGTH)[2].split(b"\r\n")[0])
            operation = head.partition(b"x-amz-target:")[2].split(b"\r\n")[0].rpartition(b".")[2]
            request = json.loads(await reader.readexactly(length))
            body = json.dumps(store.answer(operation, request)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: %d\r\n\r\n%b"
                % (len(body), body)
            )
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the last: it ends
        writer.close()


async def main() -> None:
    """Serve until standard input closes."""
    store = Store()
    server = await asyncio.start_server(lambda r, w: _serve(store, r, w), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
