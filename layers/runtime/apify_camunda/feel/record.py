"""The base of immutable records: like `dataclass(frozen=True)`, without its cost at import.

To import `dataclasses` and build forty classes with it takes longer than the rest of this package's import,
and every cold start imports the expression language. Type checkers see ordinary dataclasses.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Immutable fields by annotation, and equality by value; a field named `span` is not compared."""

    __match_args__: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        names = tuple(name for name in cls.__annotations__ if not name.startswith("_"))
        cls.__match_args__ += names  # type: ignore[misc]  # made here, as dataclass would
        cls._defaults = cls._defaults | {name: cls.__dict__[name] for name in names if name in cls.__dict__}

    def __init__(self, *values: Any, **named: Any) -> None:
        if len(values) == len(self.__match_args__) and not named:
            self.__dict__.update(zip(self.__match_args__, values, strict=True))
            return
        fields = dict(zip(self.__match_args__, values, strict=False)) | named
        if len(fields) != len(self.__match_args__):
            fields = self._defaults | fields
        if fields.keys() != set(self.__match_args__):
            raise TypeError(f"{type(self).__name__} takes {self.__match_args__}, not {tuple(fields)}")
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def _compared(self) -> tuple[Any, ...]:
        return tuple(self.__dict__[name] for name in self.__match_args__ if name != "span")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self.__match_args__ if name != "span")
        return f"{type(self).__name__}({shown})"
