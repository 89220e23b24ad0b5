"""One row of the table that `make bench` prints, and the table.

A benchmark is a module of this folder with a function `figures() -> Iterator[Figure]`, named in
`__main__.BENCHMARKS`. It yields each figure as soon as it is measured, and may print what explains it. It
raises `real_engines.Unavailable` where a part is missing that this machine cannot have; what it has yielded
before stays in the table.

    yield Figure("one run: start", "ms of CPU", 4.2, aim=at_most(5))
    yield Figure("jobs, warm", "a second", 310, peer=220, aim=at_least_times_peer(2.5))
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should reach.

    Attributes:
        bound: In the unit of the figure, or as a multiple of the peer's figure.
        is_least: The figure should be at least the bound; False: at most.
        is_ratio: The bound is a multiple of the peer's figure.
    """

    bound: float
    is_least: bool
    is_ratio: bool

    def is_met(self, figure: Figure) -> bool | None:
        """Tell whether a figure reaches it; None: it has no peer to be compared with."""
        value = figure.ratio if self.is_ratio else figure.ours
        if value is None:
            return None
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {_number(self.bound)}{' x' if self.is_ratio else ''}"


def at_most(bound: float) -> Aim:
    """Return the aim of a figure that is good when small."""
    return Aim(bound, is_least=False, is_ratio=False)


def at_least(bound: float) -> Aim:
    """Return the aim of a figure that is good when large."""
    return Aim(bound, is_least=True, is_ratio=False)


def at_most_times_peer(bound: float) -> Aim:
    """Return the aim of a ratio to the peer that is good when small."""
    return Aim(bound, is_least=False, is_ratio=True)


def at_least_times_peer(bound: float) -> Aim:
    """Return the aim of a ratio to the peer that is good when large."""
    return Aim(bound, is_least=True, is_ratio=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of ours, beside a peer where there is one.

    Attributes:
        name: What was measured.
        unit: Of `ours` and `peer`.
        peer: The same of what it is compared with, in the same run.
        aim: None: the figure only explains others.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    aim: Aim | None = None

    @property
    def ratio(self) -> float | None:
        """Return ours divided by the peer's."""
        return self.ours / self.peer if self.peer else None


_TITLES = ("figure", "unit", "ours", "peer", "ratio", "aim", "met")


def table(figures: Iterable[Figure]) -> str:
    """Return the table of some figures, as text with one line for each."""
    rows = [_TITLES, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    return "\n".join(_line(row, widths) for row in rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    met = figure.aim.is_met(figure) if figure.aim else None
    return (
        figure.name,
        figure.unit,
        _number(figure.ours),
        _number(figure.peer),
        _number(figure.ratio),
        str(figure.aim or ""),
        "" if met is None else "yes" if met else "NO",
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def _number(value: float | None) -> str:
    """Return a number with three significant digits, without an exponent."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
