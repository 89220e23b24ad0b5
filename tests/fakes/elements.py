"""Elements of process instances in memory, as a search shows them."""

from __future__ import annotations

from tests.fakes.untraced import untraced


class FakeElements:
    def __init__(self) -> None:
        self.ended: set[int] = set()
        self.asked: list[int] = []
        self.failure: Exception | None = None

    async def element_has_ended(self, element_instance_key: int) -> bool:
        self.asked.append(element_instance_key)
        if self.failure is not None:
            raise untraced(self.failure)
        return element_instance_key in self.ended
