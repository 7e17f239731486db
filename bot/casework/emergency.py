"""平急转换: shorter accept clocks, A岗 and B岗 together, no quiet hours, a digest every hour."""

from bot.casework import clocks
from bot.casework.work import Work
from bot.settings import WorkerEntry
from storage import issues, outgoing
from storage.tables import Community, Event


async def switch(work: Work, community_id: str, worker: WorkerEntry, *, on: bool) -> None:
    """Turn it on or off for a community; running clocks follow, what was held goes out."""
    row = await work.session.get(Community, community_id, with_for_update=True)
    if row is None:
        return
    row.emergency, row.emergency_since = on, work.now if on else None
    work.session.add(row)
    work.session.add(
        Event(
            issue=None,
            community_id=community_id,
            at=work.now,
            actor=worker.id,
            act="emergency_on" if on else "emergency_off",
        )
    )
    await work.session.flush()
    for timer in await issues.timers_of(work.session, community_id, "accept"):
        issue = await issues.get(work.session, timer.issue)
        if issue is not None:
            await clocks.reset_accept(work, issue)
    if on:
        await _release(work, community_id)
    room = work.room_named(work.roster.work_room(community_id))
    if room:
        text = work.say("worker.emergency", on=on, who=worker.name)
        key = f"emergency:{community_id}:{work.now.isoformat()}"
        await work.post("alert", text, key=key, room=room)


async def _release(work: Work, community_id: str) -> None:
    """The quiet hours are lifted: nothing waits for the morning any more."""
    if not work.house.quiet.holds(work.now):
        return
    morning = work.house.quiet.over_at(work.now)
    for timer in await issues.timers_of(work.session, community_id, "dispatch"):
        await issues.set_timer(work.session, timer.issue, "dispatch", work.now)
    rooms = [r.id for r in work.house.rooms.values() if r.community_id == community_id]
    await outgoing.release(work.session, community_id, rooms, until=morning, now=work.now)
