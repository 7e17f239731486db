"""Who is asked: the contract's rule of routing, and who comes next when somebody is silent."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import select

from bot.casework.work import Work
from bot.roster import Place
from bot.settings import GridEntry
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


async def is_away(work: Work, worker_id: str) -> bool:
    """Whether somebody is on leave today."""
    return worker_id in await absent(work, work.now.astimezone(work.house.settings.zone).date())


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
    )


def grid_of(work: Work, issue: Issue) -> GridEntry | None:
    """The grid that answers for an issue: of its building, else the only or the first one."""
    grid = work.roster.grid_for(issue.estate, issue.building)
    if grid is None and not issue.building:
        grid = work.roster.first_grid(issue.estate)
    return grid


def posts(work: Work, issue: Issue) -> tuple[str, ...]:
    """A岗 and B岗 of the issue's grid."""
    grid = grid_of(work, issue)
    return (grid.a_post, *grid.b_posts) if grid else ()


def in_charge(work: Work, issue: Issue) -> list[str]:
    """Who takes an issue before the grid's posts: a named helper of the home, a handler."""
    roster, found = work.roster, []
    if issue.category == "welfare":
        helper = roster.helper_at(Place(issue.estate, issue.building, issue.unit, issue.room))
        found += [helper.id] if helper else []
    handler = roster.handler(issue.category, issue.estate, issue.community_id)
    return [*found, handler.id] if handler else found


async def route(work: Work, issue: Issue) -> Route:
    """Find who is responsible. Never nobody: in the end it is the secretary."""
    roster = work.roster
    grid = grid_of(work, issue)
    away = await absent(work, work.now.astimezone(work.house.settings.zone).date())
    chain = dict.fromkeys([*in_charge(work, issue), *posts(work, issue)])
    present = [worker for worker in chain if worker not in away]
    placed = issue.building or len(roster.grids_of(issue.estate)) == 1
    known = grid.id if grid and placed else None
    if grid and not issue.building and issue.grid_id:
        known = issue.grid_id
    return Route(tuple(present or [roster.secretary_of(issue.community_id).id]), known)


async def reviewer(work: Work, issue: Issue) -> str:
    """Who says whether something is an issue: A岗, in their absence B岗, else the secretary."""
    away = await absent(work, work.now.astimezone(work.house.settings.zone).date())
    present = [post for post in posts(work, issue) if post not in away]
    return present[0] if present else work.roster.secretary_of(issue.community_id).id


async def next_asked(work: Work, issue: Issue) -> str | None:
    """Who is asked after a silence; None where only the secretary is left."""
    secretary = work.roster.secretary_of(issue.community_id).id
    if issue.worker_id == secretary and secretary not in posts(work, issue):
        return None
    for worker in (await route(work, issue)).chain:
        if worker not in issue.asked and worker not in issue.declined and worker != secretary:
            return worker
    return None


def is_b_post(work: Work, issue: Issue, worker_id: str) -> bool:
    """Whether somebody is asked in B post: behind the A post of the grid."""
    grid = grid_of(work, issue)
    return grid is not None and worker_id != grid.a_post and worker_id in grid.b_posts


async def after_return(work: Work, issue: Issue, worker_id: str) -> str:
    """Who gets what was returned: A岗's goes to B岗, everybody else's to the secretary."""
    secretary = work.roster.secretary_of(issue.community_id).id
    grid = grid_of(work, issue)
    if grid is None or worker_id != grid.a_post:
        return secretary
    away = await absent(work, work.now.astimezone(work.house.settings.zone).date())
    for post in grid.b_posts:
        if post != worker_id and post not in issue.declined and post not in away:
            return post
    return secretary
