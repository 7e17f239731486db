"""Who looks, and what exists for them: a worker's own, a secretary's community, a street's all."""

from dataclasses import dataclass

from bot.roster import Roster
from bot.settings import CommunityEntry, GridEntry, WorkerEntry
from storage.search import Scope
from storage.tables import Issue

ROLE_NAMES = {
    "grid_worker": "网格员", "secretary": "社区书记", "property": "物业", "department": "部门",
    "street": "街道",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has come in."""

    worker: WorkerEntry
    communities: tuple[CommunityEntry, ...]
    """Communities that they see as a whole."""
    leads: frozenset[str]
    """Communities that they are secretary of."""
    grids: tuple[GridEntry, ...]
    """Grids whose figures concern them."""
    sitting: str = ""
    """Digest of the session's token."""
    form_key: str = ""
    said: str | None = None

    @property
    def scope(self) -> Scope:
        return Scope(tuple(c.id for c in self.communities), self.worker.id)

    @property
    def oversees(self) -> bool:
        """Whether whole communities are theirs to look at."""
        return bool(self.communities)

    @property
    def role_name(self) -> str:
        return ROLE_NAMES[self.worker.role]

    def may_know_people(self, issue: Issue) -> bool:
        """Whether they may read who reported it: the holder, and the community's secretary."""
        return issue.worker_id == self.worker.id or issue.community_id in self.leads


def viewer_for(
    roster: Roster,
    worker: WorkerEntry,
    *,
    sitting: str = "",
    form_key: str = "",
    said: str | None = None,
) -> Viewer:
    """The viewer of a worker's session, as the configuration has it now."""
    settings = roster.settings
    leads = frozenset(c.id for c in roster.communities_of_secretary(worker.id))
    streets = {
        street.name
        for street in settings.streets
        if worker.role == "street" and street.contact == worker.contact
    }
    whole = tuple(c for c in settings.communities if c.id in leads or c.street in streets)
    seen = {c.id for c in whole}
    grids = tuple(
        grid
        for grid in settings.grids
        if grid.community in seen or worker.id in (grid.a_post, grid.lead, *grid.b_posts)
    )
    return Viewer(worker, whole, leads, grids, sitting, form_key, said)
