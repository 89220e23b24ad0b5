"""How many slots the jobs of one process or account may hold."""

from __future__ import annotations

from apify_camunda.outbound.domain.slot_shares import SlotShares

SLOTS = 32


def test_shares_follow_what_is_free() -> None:
    """One process gets most slots, each further one a part of what is left, and what is given back counts."""
    shares = SlotShares(SLOTS)
    held = [sum(shares.take(process) for _ in range(SLOTS)) for process in ("a", "b", "c")]
    assert held == [24, 6, 2]
    assert not shares.take("d")

    for _ in range(24):
        shares.leave("a", None)
    assert shares.take("d")


def test_account_leaves_slots_to_other_accounts() -> None:
    """However many jobs use one account, another account has slots, and so has another process of it."""
    shares = SlotShares(SLOTS)
    joined = 0
    for number in range(2 * SLOTS):
        process = f"process {number % 3}"
        if shares.take(process):
            if shares.join("account", process):
                joined += 1
            else:
                shares.leave(process, None)
    assert joined == 28
    assert shares.take("process 3")
    assert shares.join("account", "process 3")
