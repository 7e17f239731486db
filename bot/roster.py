"""Who is who, as the configuration says: the lookups that routing and authority need."""

from dataclasses import dataclass

from bot.settings import CommunityEntry, GridEntry, RoomEntry, Settings, WorkerEntry


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue is, for routing: an estate, and a building where one is known."""

    estate: str
    building: str | None = None
    unit: str | None = None
    room: str | None = None


class Roster:
    """Lookups over communities, grids, workers, handlers and rooms."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workers = {worker.id: worker for worker in settings.workers}
        self.by_contact = {worker.contact: worker for worker in settings.workers}
        self.communities = {community.id: community for community in settings.communities}
        self.grids = {grid.id: grid for grid in settings.grids}
        self._streets = {street.name: street for street in settings.streets}
        self._buildings = {
            (grid.estate, building): grid
            for grid in settings.grids
            for building in grid.building_names
        }

    def worker(self, worker_id: str | None) -> WorkerEntry | None:
        return self.workers.get(worker_id or "")

    def worker_name(self, worker_id: str | None) -> str:
        found = self.workers.get(worker_id or "")
        return found.name if found else "（已离岗）"

    def named(self, name: str) -> WorkerEntry | None:
        """A worker by full name, or by a part that only one name has."""
        exact = [w for w in self.settings.workers if w.name == name or w.id == name]
        if exact:
            return exact[0]
        alike = [w for w in self.settings.workers if name and (name in w.name or w.name in name)]
        return alike[0] if len(alike) == 1 else None

    def secretary_of(self, community_id: str) -> WorkerEntry:
        return self.workers[self.communities[community_id].secretary]

    def is_secretary(self, worker_id: str, community_id: str) -> bool:
        community = self.communities.get(community_id)
        return community is not None and community.secretary == worker_id

    def communities_of_secretary(self, worker_id: str) -> list[CommunityEntry]:
        return [c for c in self.settings.communities if c.secretary == worker_id]

    def communities_of(self, worker_id: str) -> list[CommunityEntry]:
        """Communities that a worker serves in any part."""
        served = {
            grid.community
            for grid in self.settings.grids
            if worker_id in (grid.a_post, grid.lead, *grid.b_posts)
        }
        served |= {c.id for c in self.communities_of_secretary(worker_id)}
        served |= {
            h.community or self.community_of_estate(h.estate) or ""
            for h in self.settings.handlers
            if h.worker == worker_id
        }
        named = [c for c in self.settings.communities if c.id in served]
        return named or list(self.settings.communities)

    def street_contact(self, community_id: str) -> str:
        """Where level 3 goes: the street's contact, or the secretary's where there is none."""
        street = self._streets.get(self.communities[community_id].street)
        if street and street.contact:
            return street.contact
        return self.secretary_of(community_id).contact

    def community_of_estate(self, estate: str) -> str | None:
        for grid in self.settings.grids:
            if grid.estate == estate:
                return grid.community
        return None

    def grids_of(self, estate: str) -> list[GridEntry]:
        return [grid for grid in self.settings.grids if grid.estate == estate]

    def grid_for(self, estate: str, building: str | None) -> GridEntry | None:
        """The grid that holds a building, or the estate's only grid; None where neither is."""
        if building and (found := self._buildings.get((estate, building))):
            return found
        grids = self.grids_of(estate)
        return grids[0] if len(grids) == 1 else None

    def first_grid(self, estate: str) -> GridEntry | None:
        grids = self.grids_of(estate)
        return grids[0] if grids else None

    def handler(self, category: str, estate: str, community_id: str) -> WorkerEntry | None:
        """The handler of a category: for the estate, then for the community, then everywhere."""
        entries = [h for h in self.settings.handlers if h.category == category]
        for wanted in (
            [h for h in entries if h.estate and h.estate == estate],
            [h for h in entries if not h.estate and h.community == community_id],
            [h for h in entries if not h.estate and not h.community],
        ):
            if wanted:
                return self.workers[wanted[0].worker]
        return None

    def helper_at(self, place: Place) -> WorkerEntry | None:
        """The named helper of a person in need who lives there ([[care]])."""
        if not place.building:
            return None
        for care in self.settings.care:
            if (
                care.estate == place.estate
                and care.building.upper() == place.building
                and (not care.unit or care.unit == place.unit)
                and (not care.room or care.room == place.room)
            ):
                return self.workers[care.helper]
        return None

    def work_room(self, community_id: str) -> str:
        return self.communities[community_id].work_room

    def room(self, topic: str | None, platform_id: str | None) -> RoomEntry | None:
        """The configured room of a message; None for a room that is none of ours."""
        for room in self.settings.rooms:
            if room.id and platform_id and room.id == platform_id:
                return room
        for room in self.settings.rooms:
            if not room.id and room.topic and room.topic == topic:
                return room
        if topic and topic == platform_id:  # a recorded log knows rooms by their topic alone
            return next((r for r in self.settings.rooms if topic in (r.topic, r.id)), None)
        return None
