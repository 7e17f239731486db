"""Who is asked: the contract's rule of routing, and who comes next when somebody is silent."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import select

from bot.casework.work import Work
from bot.roster import Place
from storage.tables import Absence, Issue

# Matters of paper rather than of a place: nobody asks 几栋.
NEVER_ASKED = frozenset({"consult", "suggestion"})


@dataclass(frozen=True, slots=True)
class Route:
    """The outcome of routing: whom to ask, in their order, and the grid that the place lies in."""

    chain: tuple[str, ...]
    """Workers to be asked one after the other; the secretary where nobody else is left."""
    grid_id: str | None


async def absent(work: Work, day: date) -> set[str]:
    """Workers who are on leave on a day (请假)."""
    rows = await work.session.exec(
        select(Absence.worker_id).where(Absence.first_day <= day, Absence.last_day >= day)
    )
    return set(rows.all())


def needs_building(work: Work, issue: Issue) -> bool:
    """Whether the place decides who is asked and the place is not known."""
    return (
        not issue.building
        and len(work.roster.grids_of(issue.estate)) > 1
        and work.roster.handler(issue.category, issue.estate, issue.community_id) is None
    )


def may_ask_for_building(issue: Issue) -> bool:
    """Whether the speaker may be asked 几栋: once, and only where it is a matter of place."""
    return (
        issue.intent not in NEVER_ASKED
        and issue.category != "gov_service"
        and issue.urgency != "critical"
        and not issue.landmark
        and issue.source_room_id is not None
    )


async def route(work: Work, issue: Issue) -> Route:
    """Find who is responsible. Never nobody: in the end it is the secretary."""
    roster = work.roster
    grid = roster.grid_for(issue.estate, issue.building)
    if grid is None and not issue.building:
        grid = roster.first_grid(issue.estate)
    chain: list[str] = []
    if issue.category == "welfare":
        helper = roster.helper_at(Place(issue.estate, issue.building, issue.unit, issue.room))
        if helper:
            chain.append(helper.id)
    handler = roster.handler(issue.category, issue.estate, issue.community_id)
    if handler:
        chain.append(handler.id)
    if grid:
        chain += [grid.a_post, *grid.b_posts]
    away = await absent(work, work.now.astimezone(work.house.settings.zone).date())
    present = [w for w in dict.fromkeys(chain) if w not in away]
    known = grid.id if grid and (issue.building or len(roster.grids_of(issue.estate)) == 1) else None
    if grid and not issue.building and issue.grid_id:
        known = issue.grid_id
    return Route(tuple(present or [roster.secretary_of(issue.community_id).id]), known)


async def next_asked(work: Work, issue: Issue) -> str | None:
    """Who is asked after a silence; None when everybody was."""
    chain = (await route(work, issue)).chain
    secretary = work.roster.secretary_of(issue.community_id).id
    for worker in chain:
        if worker not in issue.asked and worker not in issue.declined and worker != secretary:
            return worker
    return None


def is_b_post(work: Work, issue: Issue, worker_id: str) -> bool:
    """Whether somebody is asked in B post: behind the A post of the grid."""
    grid = work.roster.grid_for(issue.estate, issue.building)
    grid = grid or work.roster.first_grid(issue.estate)
    return grid is not None and worker_id != grid.a_post and worker_id in grid.b_posts


async def after_return(work: Work, issue: Issue, worker_id: str) -> str:
    """Who gets what was returned: A岗's goes to B岗, everybody else's to the secretary."""
    roster = work.roster
    secretary = roster.secretary_of(issue.community_id).id
    grid = roster.grid_for(issue.estate, issue.building) or roster.first_grid(issue.estate)
    handler = roster.handler(issue.category, issue.estate, issue.community_id)
    if grid is None or worker_id != grid.a_post or (handler and handler.id == worker_id):
        return secretary
    away = await absent(work, work.now.astimezone(work.house.settings.zone).date())
    for post in grid.b_posts:
        if post != worker_id and post not in issue.declined and post not in away:
            return post
    return secretary
