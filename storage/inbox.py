"""Who spoke and what was heard."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, literal, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables import Heard, Membership, Report, Resident


async def insert_once(
    session: AsyncSession, table: type[SQLModel], values: dict[str, object]
) -> bool:
    """Insert a row unless its unique key is there already; says whether it was new."""
    dialect = session.get_bind().dialect.name
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    # Drivers disagree about the row count of an insert that did nothing; a returned row is plain.
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(literal(1))
    return (await session.exec(statement)).first() is not None


async def resident(session: AsyncSession, contact: str, name: str) -> Resident:
    """The speaker behind a platform id, made on first sight; the name follows the platform's."""
    query = select(Resident).where(Resident.contact == contact)
    found = (await session.exec(query)).first()
    if found is None:
        await insert_once(
            session,
            Resident,
            {"contact": contact, "name": name, "wrote_directly": False, "opted_out": False},
        )
        found = (await session.exec(query)).one()
    if name and found.name != name:
        found.name = name
        session.add(found)
    return found


async def by_contact(session: AsyncSession, contact: str) -> Resident | None:
    return (await session.exec(select(Resident).where(Resident.contact == contact))).first()


async def remember_room(session: AsyncSession, resident_id: int, room_id: int) -> None:
    if await session.get(Membership, (resident_id, room_id)) is None:
        await insert_once(session, Membership, {"resident_id": resident_id, "room_id": room_id})


async def rooms_of(session: AsyncSession, resident_id: int) -> Sequence[int]:
    query = select(Membership.room_id).where(Membership.resident_id == resident_id)
    return (await session.exec(query.order_by(col(Membership.room_id)))).all()


async def reporters_in(session: AsyncSession, room_ids: Sequence[int]) -> Sequence[tuple[str, str]]:
    """Contact and name of everybody who has reported something in some rooms."""
    query = (
        select(Resident.contact, Resident.name)
        .join(Report, col(Report.resident_id) == Resident.id)
        .where(col(Report.room_id).in_(room_ids))
        .distinct()
    )
    return [(contact, name) for contact, name in (await session.exec(query)).all()]


async def write(session: AsyncSession, heard: Heard) -> Heard | None:
    """Write a message down; None where it was there already."""
    values = heard.model_dump(exclude={"id"})
    if not await insert_once(session, Heard, values):
        return None
    query = select(Heard).where(
        Heard.account == heard.account,
        Heard.place == heard.place,
        Heard.platform_id == heard.platform_id,
        Heard.resident_id == heard.resident_id,
    )
    return (await session.exec(query)).one()


async def undecided(
    session: AsyncSession, *, before: datetime | None = None, limit: int = 200
) -> Sequence[Heard]:
    """Messages that were written down and not decided about: what a crash left behind."""
    query = select(Heard).where(Heard.state == "new")
    if before is not None:
        query = query.where(Heard.at < before)
    return (await session.exec(query.order_by(col(Heard.id)).limit(limit))).all()


SAME_MESSAGE = timedelta(seconds=30)


async def adopt_shadows(
    session: AsyncSession, room_id: int, account: str, since: datetime
) -> Sequence[int]:
    """Messages that this account heard while another was to answer and has died: now to be decided.

    What the other account has written down itself is left out: the same words of the same speaker.
    """
    query = select(Heard).where(Heard.room_id == room_id, Heard.at >= since)
    rows = (await session.exec(query.order_by(col(Heard.id)))).all()
    heard = [row for row in rows if row.account != account]
    adopted = []
    for row in rows:
        if row.account != account or row.state != "shadow":
            continue
        known = any(
            other.resident_id == row.resident_id
            and other.text in (row.text, None)
            and abs(other.at - row.at) <= SAME_MESSAGE
            for other in heard
        )
        row.state = "done" if known else "new"
        session.add(row)
        if not known:
            adopted.append(row.id or 0)
    await session.flush()
    return adopted


async def recent_pieces(session: AsyncSession, heard: Heard, since: datetime) -> Sequence[Heard]:
    """Earlier messages of the same speaker in the same place, oldest first."""
    query = (
        select(Heard)
        .where(
            Heard.resident_id == heard.resident_id,
            Heard.room_id == heard.room_id,
            Heard.at >= since,
            Heard.id != heard.id,
            Heard.at <= heard.at,
            Heard.state == "done",
        )
        .order_by(col(Heard.at), col(Heard.id))
    )
    return (await session.exec(query)).all()


async def recent_photos(
    session: AsyncSession, heard: Heard, since: datetime, rooms: Sequence[int | None]
) -> Sequence[Heard]:
    """Photos of the same speaker in some rooms (None: sent directly) that belong to nothing yet."""
    query = (
        select(Heard)
        .where(
            Heard.resident_id == heard.resident_id,
            Heard.at >= since,
            Heard.at <= heard.at,
            Heard.id != heard.id,
            col(Heard.photo).is_not(None),
            col(Heard.issue).is_(None),
            Heard.state == "done",
        )
        .order_by(col(Heard.at), col(Heard.id))
    )
    return [row for row in (await session.exec(query)).all() if row.room_id in rooms]


async def forget(session: AsyncSession, now: datetime) -> int:
    """Empty the text of every message whose time has come; says how many."""
    statement = (
        update(Heard)
        .where(col(Heard.forget_at) <= now, col(Heard.state).in_(("done", "shadow")))
        .values(text=None, quote=None, photo=None, forget_at=None, state="gone")
    )
    result = await session.exec(statement)
    return int(result.rowcount)


async def next_forgetting(session: AsyncSession) -> datetime | None:
    """The earliest moment at which the words of a message are to be emptied."""
    query = select(func.min(Heard.forget_at)).where(col(Heard.state).in_(("done", "shadow")))
    return (await session.exec(query)).first()


async def photo_came(session: AsyncSession, heard_id: int, path: str) -> None:
    """A photo was fetched after its message: note the file where the message is now."""
    heard = await session.get(Heard, heard_id)
    if heard is not None and heard.state != "gone":
        heard.photo = path
        session.add(heard)
    query = select(Report).where(Report.heard_id == heard_id)
    for report in (await session.exec(query)).all():
        report.photo = path
        session.add(report)


async def count_since(
    session: AsyncSession, room_ids: Sequence[int], since: datetime, until: datetime
) -> int:
    """How many messages were heard in some rooms between two moments."""
    query = select(func.count()).where(
        col(Heard.room_id).in_(room_ids), Heard.at >= since, Heard.at < until
    )
    return int((await session.exec(query)).one())
