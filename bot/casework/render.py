"""Renders the table of transitions as a page of the documentation.

python -m bot.casework.render > docs/transitions.md
"""

import sys
from collections.abc import Iterable

from bot.casework.transitions import (
    ACT_NAMES,
    PART_NAMES,
    STATUS_NAMES,
    TRANSITIONS,
    Act,
    Part,
    Status,
    Transition,
    split_from,
)

_HEAD = """\
# The life of an issue

Made from `bot/casework/transitions.py` by `python -m bot.casework.render`; not edited by hand.
A status changes nowhere else. Whatever is not in the table is refused with one helpful line.

## States

| id | 名称 | leaves by |
|---|---|---|
"""
_ACTS = """
## Acts

| act | 名称 | from | to | who | reason |
|---|---|---|---|---|---|
"""


def _joined(names: Iterable[str]) -> str:
    return "、".join(names)


def _states(states: Iterable[Status]) -> str:
    found = set(states)
    return (
        "任何" if found == set(Status) else _joined(STATUS_NAMES[s] for s in Status if s in found)
    )


def _row(row: Transition) -> str:
    target = STATUS_NAMES[row.target] if row.target else "–"
    who = _joined(PART_NAMES[part] for part in Part if part in row.who)
    reason = "要" if row.needs_reason else ""
    name = ACT_NAMES[row.act]
    return f"| `{row.act}` | {name} | {_states(row.sources)} | {target} | {who} | {reason} |"


def _leaves_by(status: Status) -> str:
    acts = [
        row.act for row in TRANSITIONS if status in row.sources and row.target not in (None, status)
    ]
    if status is Status.MERGED:
        acts.append(Act.SPLIT)
    return _joined(dict.fromkeys(ACT_NAMES[act] for act in acts)) or "–"


def page() -> str:
    """The whole page as Markdown."""
    states = [
        f"| `{status}` | {STATUS_NAMES[status]} | {_leaves_by(status)} |" for status in Status
    ]
    split = _row(split_from(None)).replace("| 已受理 |", "| 并案前的状态 |")
    acts = [*(_row(row) for row in TRANSITIONS), split]
    return _HEAD + "\n".join(states) + "\n" + _ACTS + "\n".join(acts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
