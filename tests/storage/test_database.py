"""What both databases must do alike."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from storage import inbox, issues, outgoing, roster, runs
from storage.database import Database, DatabaseProblem, parse_url
from storage.retention import ERASED, purge
from storage.tables import Community, Event, Heard, Issue, Outgoing, Report, Resident, Worker

NOW = datetime(2026, 3, 3, 10, tzinfo=UTC)


def heard(**more: object) -> Heard:
    values = {
        "account": "a", "place": "1", "platform_id": "m1", "resident_id": 1, "at": NOW,
        "text": "路灯坏了",
    }  # fmt: skip
    return Heard(**{**values, **more})


async def person(store: Database, contact: str = "wxid_liu") -> int:
    async with store.transaction() as session:
        return (await inbox.resident(session, contact, "刘叔")).id or 0


async def some_issue(store: Database, number: int, **more: object) -> None:
    values = {
        "number": number, "community_id": "c", "category": "facility", "intent": "help",
        "urgency": "normal", "status": "closed", "summary": "路灯坏了", "created_at": NOW,
        "due_at": NOW, "clock_from": NOW, "closed_at": NOW,
    }  # fmt: skip
    async with store.transaction() as session:
        if await session.get(Community, "c") is None:
            session.add(Community(id="c", name="社区"))
            await session.flush()
        session.add(Issue(**{**values, **more}))


async def test_migrations_make_exactly_the_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.upgrade()
    assert await database.version() is not None


async def test_a_message_is_written_once(database: Database) -> None:
    liu = await person(database)
    async with database.transaction() as session:
        assert await inbox.write(session, heard(resident_id=liu)) is not None
    async with database.transaction() as session:
        assert await inbox.write(session, heard(resident_id=liu)) is None
        other = await inbox.write(session, heard(resident_id=liu, place="2"))
        assert other is not None


async def test_times_come_back_as_the_same_moment(database: Database) -> None:
    async with database.transaction() as session:
        await runs.set_mark(session, "clock", moment=NOW)
    async with database.reading() as session:
        found = await runs.mark(session, "clock")
    assert found is not None
    assert found.moment == NOW
    assert found.moment.tzinfo is not None


async def test_a_naive_time_is_refused(database: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"):
        async with database.transaction() as session:
            await runs.set_mark(session, "clock", moment=naive)


async def test_numbers_are_consecutive_whatever_is_undone(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await issues.next_number(session)
            raise RuntimeError

    taken = []
    for _ in range(3):
        async with database.transaction() as session:
            taken.append(await issues.next_number(session))
        with pytest.raises(RuntimeError):
            await fail()
    assert taken == [1, 2, 3]


async def test_a_periodic_act_is_claimed_once(database: Database) -> None:
    async with database.transaction() as session:
        assert await runs.claim_run(session, "c", "2026-03-03", "daily", NOW)
    async with database.transaction() as session:
        assert not await runs.claim_run(session, "c", "2026-03-03", "daily", NOW)
        assert await runs.claim_run(session, "c", "2026-03-04", "daily", NOW)


async def test_what_leaves_the_roster_is_retired_not_deleted(database: Database) -> None:
    people = [
        {"id": "wang", "name": "王芳", "contact": "w", "role": "grid_worker"},
        {"id": "li", "name": "李强", "contact": "l", "role": "grid_worker"},
    ]
    for workers in (people, people[:1]):
        async with database.transaction() as session:
            await roster.synchronise(session, communities=[], grids=[], workers=workers, rooms=[])
    async with database.reading() as session:
        found = {w.id: w.retired for w in (await session.exec(select(Worker))).all()}
    assert found == {"wang": False, "li": True}


async def test_a_leased_row_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Outgoing(key="k", kind="reply", text="好", created_at=NOW, not_before=NOW))
    async with database.transaction() as session:
        first = await outgoing.lease(session, now=NOW, holder="a", seconds=60, limit=5)
    async with database.transaction() as session:
        second = await outgoing.lease(session, now=NOW, holder="b", seconds=60, limit=5)
    later = NOW + timedelta(seconds=61)
    async with database.transaction() as session:
        third = await outgoing.lease(session, now=later, holder="b", seconds=60, limit=5)
    assert [len(rows) for rows in (first, second, third)] == [1, 0, 1]


async def test_the_same_thing_is_not_put_into_the_outbox_twice(database: Database) -> None:
    row = {"key": "k", "kind": "ack", "text": "记下了", "created_at": NOW, "not_before": NOW}
    async with database.transaction() as session:
        session.add(Outgoing(**row))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(Outgoing(**row))


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(Report(issue=99, reporter_key=1, platform_id="m", role="second", at=NOW))


async def test_old_words_and_people_go_and_numbers_stay(database: Database) -> None:
    liu = await person(database)
    await some_issue(database, 1, reporter_id=liu)
    async with database.transaction() as session:
        session.add(
            Report(
                issue=1, resident_id=liu, reporter_key=liu, platform_id="m", role="statement",
                at=NOW, text="我家501漏水", photo="files/a.jpg",
            )
        )  # fmt: skip
        session.add(
            Event(
                issue=1, community_id="c", at=NOW, act="open", actor="resident",
                state={"number": 1, "summary": "我家501漏水", "messages": ["m"], "room": "501"},
            )
        )  # fmt: skip
    later = NOW + timedelta(days=181)
    async with database.transaction() as session:
        would = await purge(session, now=later, days=180, dry_run=True)
    async with database.reading() as session:
        untouched = await issues.get(session, 1)
    assert untouched is not None
    assert untouched.summary == "路灯坏了"
    async with database.transaction() as session:
        gone = await purge(session, now=later, days=180)
    assert (would.issues, would.photos) == (gone.issues, gone.photos) == (1, ["files/a.jpg"])
    async with database.reading() as session:
        issue = await issues.get(session, 1)
        report = await issues.first_report(session, 1)
        [state] = await issues.snapshot_rows(session, None)
        people = (await session.exec(select(Resident))).all()
    assert issue is not None
    assert report is not None
    assert (issue.summary, report.text, report.photo) == (ERASED, "", None)
    assert "501" not in str(state)
    assert people == []


async def test_nothing_young_is_purged(database: Database) -> None:
    liu = await person(database)
    await some_issue(database, 1, reporter_id=liu)
    async with database.transaction() as session:
        gone = await purge(session, now=NOW + timedelta(days=179), days=180)
    assert (gone.issues, gone.residents) == (0, 0)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "redis://localhost"])
def test_an_address_that_cannot_be_used_is_one_sentence(url: str) -> None:
    with pytest.raises(DatabaseProblem) as problem:
        parse_url(url)
    assert "\n" not in str(problem.value)
