"""Pages from templates. Everything is escaped; what people wrote loses its invisible characters."""

import hashlib
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.board.viewer import Viewer
from bot.casework import wording
from bot.casework.transitions import STATUS_NAMES, Status
from bot.casework.work import House
from bot.speech import how_long, plain, when
from classifiers.taxonomy import CATEGORY_NAMES, INTENT_NAMES, URGENCY_NAMES, Category, Intent
from classifiers.taxonomy import Urgency as Urgency_
from storage.issues import UNHANDLED
from storage.tables import Issue

HERE = Path(__file__).parent
STATIC = HERE / "static"
LONGEST = 4000


def words(text: str | None) -> str:
    """Somebody's words as a page may repeat them."""
    return plain(text or "")[:LONGEST]


def is_late(issue: Issue) -> bool:
    """Past its deadline and not handled."""
    return issue.overdue and issue.status in UNHANDLED


class Pages:
    """The templates of the board."""

    def __init__(self) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True,
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self.environment.filters |= {
            "words": words,
            "status": lambda value: STATUS_NAMES[Status(value)],
            "category": lambda value: CATEGORY_NAMES[Category(value)],
            "intent": lambda value: INTENT_NAMES[Intent(value)],
            "urgency": lambda value: URGENCY_NAMES[Urgency_(value)],
            "long": lambda seconds: how_long(timedelta(seconds=seconds)),
            "matter": wording.matter,
            "place": lambda issue: wording.place(issue, estate=True),
        }
        self.environment.globals["style"] = self.style

    @cached_property
    def style(self) -> str:
        """The address of the style sheet: another text has another address."""
        content = (STATIC / "board.css").read_bytes()
        return f"/static/board-{hashlib.sha256(content).hexdigest()[:10]}.css"

    def render(self, name: str, house: House, /, *, viewer: Viewer | None, **more: Any) -> str:
        now, zone = house.clock.now(), house.settings.zone

        def clock(moment: datetime | None) -> str:
            return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""

        return self.environment.get_template(name).render(
            viewer=viewer,
            now=now,
            bot=house.settings.bot.name,
            clock=clock,
            soon=lambda moment: when(moment, now, zone),
            ago=lambda moment: how_long(now - moment),
            left=lambda moment: how_long(moment - now),
            late_one=is_late,
            who=lambda id_: house.roster.worker_name(id_) if id_ else "",
            **more,
        )
