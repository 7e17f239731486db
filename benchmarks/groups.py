"""Scores of a grouping against the one that was expected: B-cubed, wrong merges, wrong splits."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

Grouping = Mapping[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class BCubed:
    """Precision and recall of grouping, each an average over items; both 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(expected: Grouping, found: Grouping) -> BCubed:
    """B-cubed (Bagga & Baldwin 1998) over the items of `expected`; one not found stands alone.

    What `found` groups with them beside (talk) counts against the precision.
    """
    items = list(expected)
    own = {item: found.get(item, ("alone", item)) for item in items}
    wanted, made = Counter(expected.values()), Counter({**found, **own}.values())
    both = Counter((expected[item], own[item]) for item in items)
    shared = [both[expected[item], own[item]] for item in items]
    return BCubed(
        sum(n / made[own[i]] for i, n in zip(items, shared, strict=True)) / len(items),
        sum(n / wanted[expected[i]] for i, n in zip(items, shared, strict=True)) / len(items),
    )


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Events found at all, and how often two were taken for one or one for two."""

    events: int
    found: int
    merged: int
    split: int
    invented: int


def mistakes(expected: Grouping, found: Grouping) -> Mistakes:
    """Count over events; `found` may hold further items (talk), which make an invented group."""
    events = set(expected.values())
    of_event = {e: {found[i] for i in expected if expected[i] == e and i in found} for e in events}
    groups = set(found.values())
    holds = {g: {expected[i] for i in found if found[i] == g and i in expected} for g in groups}
    return Mistakes(
        events=len(events),
        found=sum(1 for made in of_event.values() if made),
        merged=sum(max(len(inside) - 1, 0) for inside in holds.values()),
        split=sum(max(len(made) - 1, 0) for made in of_event.values()),
        invented=sum(1 for inside in holds.values() if not inside),
    )
