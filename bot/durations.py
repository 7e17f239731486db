"""Spans of time as people write them in the configuration: 10m, 4h, 3d, 120s."""

import re
from dataclasses import dataclass
from datetime import timedelta

_WRITTEN = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of one unit: under a working calendar `3d` and `72h` are different things."""

    amount: int
    unit: str
    """One of s, m, h, d."""

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read `10m`, `4h`, `3d`, `120s`.

        Raises:
            ValueError: for anything else, zero included.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if not found or int(found[1]) == 0:
            raise ValueError(f"“{text}” is not a span of time; write 10m, 4h, 3d or 120s")
        return cls(int(found[1]), found[2])

    @property
    def wall(self) -> timedelta:
        """The span on the clock on the wall."""
        return timedelta(seconds=self.amount * _SECONDS[self.unit])

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"
