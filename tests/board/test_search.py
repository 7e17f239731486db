"""The board's own queries, on both databases."""

from datetime import datetime, timedelta

from sqlmodel import select

from bot.app import synchronise
from bot.board.today import open_and_late
from storage import queues, sittings
from storage.database import Database
from storage.search import Scope, Wanted, count_up_to, ledger_page, seen_issue
from storage.tables import Helper, Issue, Sitting
from tests.days import settings_from

NOW = datetime.fromisoformat("2026-03-06T12:00:00+08:00")


def _issue(number: int, **more: object) -> Issue:
    values: dict[str, object] = {
        "community_id": "miaoershan", "category": "facility", "intent": "help",
        "urgency": "normal", "status": "dispatched", "summary": f"路灯坏了{number}",
        "created_at": NOW, "due_at": NOW + timedelta(hours=number), "clock_from": NOW,
    }  # fmt: skip
    return Issue(number=number, **{**values, **more})


async def test_who_sees_what_and_in_which_order(database: Database) -> None:
    await synchronise(database, settings_from(""))
    async with database.transaction() as session:
        session.add(_issue(1, worker_id="li", overdue=True))
        session.add(_issue(2, worker_id="wang", asked=["wang", "li"]))
        session.add(_issue(3, worker_id="wang", status="closed", asked=["wang", "li"]))
        session.add(_issue(4, worker_id="wang", building="8"))
        await session.flush()
        session.add(Helper(issue=4, worker_id="li", asked_at=NOW, due_at=NOW))

    async def numbers(scope: Scope, wanted: Wanted | None = None) -> list[int]:
        async with database.reading() as session:
            rows, _ = await ledger_page(session, scope, wanted or Wanted(), order="old")
            assert await count_up_to(session, scope, wanted or Wanted()) == len(rows)
            return [row.number for row in rows]

    assert await numbers(Scope((), "li")) == [1, 2, 4]
    assert await numbers(Scope(("miaoershan",), "chen")) == [1, 2, 3, 4]
    assert await numbers(Scope(("elsewhere",), "li")) == [1, 2, 4]
    assert await numbers(Scope((), "l")) == []
    assert await numbers(Scope((), "%")) == []
    assert await numbers(Scope((), "li"), Wanted(late=True)) == [1]
    assert await numbers(Scope((), "li"), Wanted(text="8栋")) == [4]
    assert await numbers(Scope((), "li"), Wanted(statuses=("closed",))) == []
    async with database.reading() as session:
        assert await seen_issue(session, Scope((), "li"), 3) is None
        assert await seen_issue(session, Scope(("miaoershan",), ""), 3) is not None
        assert await open_and_late(session, ["miaoershan"]) == {"miaoershan": (3, 1)}
        assert ("miaoershan", "dispatched", 3) in await queues.by_status(session)
        assert (await queues.lengths(session, NOW)).stuck == 0


async def test_a_way_in_is_taken_by_one_alone(database: Database) -> None:
    later = NOW + timedelta(minutes=10)
    async with database.transaction() as session:
        await sittings.make_way(session, "a", "li", later)
    async with database.transaction() as session:
        assert await sittings.take_way(session, "a", later) is None
        assert await sittings.take_way(session, "a", NOW) == "li"
        assert await sittings.take_way(session, "a", NOW) is None
        sitting = Sitting(token="t", worker_id="li", form_key="k", since=NOW, until=later)
        await sittings.open_sitting(session, sitting)
    async with database.transaction() as session:
        await queues.note_channel(session, "bot", connected=True, since=NOW, error=None)
        assert [mark.number for mark in await queues.channels(session)] == [1]
        await sittings.forget(session, later + timedelta(seconds=1))
        assert (await session.exec(select(Sitting))).all() == []
