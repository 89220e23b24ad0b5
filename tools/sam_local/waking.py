"""The Lambda API of the set-up: it runs nothing, and tells how to make the invocation by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from local_aws.http_server import Request, Response, json_response

_COMMAND = "sam local invoke PollJobs -e events/poll_jobs_wake.json --env-vars env.json"
_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class Waking:
    """Answers Lambda's Invoke.

    Args:
        tell: Gets one line for each invocation that was asked for.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    async def __call__(self, request: Request) -> Response:
        """Return the answer of Lambda to an asynchronous invocation."""
        found = _INVOKE.fullmatch(unquote(request.path))
        if found is None or request.method != "POST":
            return json_response(404, {"Message": "Only Invoke is answered here."})
        self._tell(f"{found[1]} is to run now: {_COMMAND}")
        return Response(202)
