"""What forms need besides their fields, and what a filter's address says."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request

from bot.casework.transitions import Status
from classifiers.taxonomy import Category, Urgency
from storage.issues import UNHANDLED
from storage.search import Order, Wanted

STATES = {"open": "没办完", "all": "全部"}
ORDERS: dict[Order, str] = {"new": "最新在前", "old": "最早在前", "due": "期限最近在前"}


def fresh() -> str:
    """The key that a page's forms bear: a second click of the same button is known by it."""
    return secrets.token_urlsafe(12)


async def fields_of(request: Request) -> dict[str, str]:
    """The text fields of a form."""
    form = await request.form(max_files=0, max_fields=20)
    return {key: value for key, value in form.items() if isinstance(value, str)}


def day_of(text: str | None) -> date | None:
    """An ISO day; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of the ledger as its form and its address have it."""

    state: str = "all"
    category: str = ""
    community: str = ""
    grid: str = ""
    worker: str = ""
    urgency: str = ""
    late: str = ""
    q: str = ""
    since: str = ""
    until: str = ""
    order: Order = "new"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filter":
        """What an address asks for; what cannot be meant is left out."""
        state = query.get("state", "all")
        category, urgency = query.get("category", ""), query.get("urgency", "")
        order = query.get("order", "new")
        return cls(
            state=state if state in STATES or state in set(Status) else "all",
            category=category if category in set(Category) else "",
            urgency=urgency if urgency in set(Urgency) else "",
            community=query.get("community", "")[:80],
            grid=query.get("grid", "")[:80],
            worker=query.get("worker", "")[:80],
            late="1" if query.get("late") else "",
            q=query.get("q", "").replace("\x00", "").strip()[:60],
            since=query.get("since", "") if day_of(query.get("since")) else "",
            until=query.get("until", "") if day_of(query.get("until")) else "",
            order=order if order in get_args(Order) else "new",  # type: ignore[arg-type]
        )

    def wanted(self, zone: ZoneInfo) -> Wanted:
        """As the database is asked; both days belong to it."""
        since, until = day_of(self.since), day_of(self.until)
        statuses = {"open": UNHANDLED, "all": ()}.get(self.state, (self.state,))
        return Wanted(
            statuses=tuple(statuses), category=self.category, community=self.community,
            grid=self.grid, worker=self.worker, urgency=self.urgency, late=bool(self.late),
            text=self.q,
            since=midnight(since, zone) if since else None,
            until=midnight(until + timedelta(days=1), zone) if until else None,
        )  # fmt: skip

    @property
    def only_time(self) -> bool:
        """Whether nothing but a time is asked for."""
        return self == Filter(since=self.since, until=self.until, order=self.order)

    def address(self, **more: str) -> str:
        """The filter as the part of an address behind the question mark."""
        values = {name: str(getattr(self, name)) for name in self.__slots__} | more
        default = Filter()
        return urlencode({k: v for k, v in values.items() if v and v != getattr(default, k, "")})
