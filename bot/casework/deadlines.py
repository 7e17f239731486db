"""When something is due: on the clock on the wall, or in the working time of mainland China.

Holidays and make-up workdays come from `chinese_calendar`, which follows the State Council's yearly
notice. Past the last year that it knows, Monday to Friday count.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
import structlog
from chinese_calendar.constants import holidays, workdays

from bot.durations import Span
from bot.settings import DeadlineSection, Settings

log = structlog.get_logger()


def last_known_year() -> int:
    """The last year for which holidays and make-up workdays are known."""
    return max(int(day.year) for day in (*holidays, *workdays))


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """法定工作日 with 调休; past the calendar's data, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        _warn_of(day.year)
        return day.weekday() < 5


@lru_cache(maxsize=16)
def _warn_of(year: int) -> None:
    """Say once for a year that its holidays are not known."""
    log.warning("holidays are not known: Monday to Friday count", year=year)


class Calendar:
    """Working days and hours in the bot's time zone."""

    def __init__(self, zone: ZoneInfo, opens: time, closes: time) -> None:
        self.zone, self.opens, self.closes = zone, opens, closes

    @classmethod
    def of(cls, settings: Settings) -> "Calendar":
        return cls(settings.zone, *settings.schedule.working_hours)

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=self.zone)

    def _next_workday(self, day: date) -> date:
        day += timedelta(days=1)
        while not is_workday(day):
            day += timedelta(days=1)
        return day

    def opening(self, moment: datetime) -> datetime:
        """The moment itself within working hours, else the next opening."""
        local = moment.astimezone(self.zone)
        day = local.date()
        if is_workday(day) and local < self._at(day, self.closes):
            return max(local, self._at(day, self.opens))
        return self._at(self._next_workday(day), self.opens)

    def add_hours(self, start: datetime, amount: timedelta) -> datetime:
        """`amount` of working time after `start`."""
        moment = self.opening(start)
        while True:
            left = self._at(moment.date(), self.closes) - moment
            if amount <= left:
                return moment + amount
            amount -= left
            moment = self._at(self._next_workday(moment.date()), self.opens)

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same time of day on the N-th following working day."""
        moment = self.opening(start)
        day = moment.date()
        for _ in range(days):
            day = self._next_workday(day)
        return self._at(day, moment.timetz().replace(tzinfo=None))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments; nothing where `end` comes first."""
        total = timedelta()
        moment = self.opening(start)
        end = end.astimezone(self.zone)
        while moment < end:
            closes = min(self._at(moment.date(), self.closes), end)
            total += max(closes - moment, timedelta())
            moment = self._at(self._next_workday(moment.date()), self.opens)
        return total


class Deadlines:
    """The accept and resolve clocks of the configuration."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.calendar = Calendar.of(settings)

    def _after(self, start: datetime, span: Span, section: DeadlineSection) -> datetime:
        if section.calendar == "always":
            return start + span.wall
        if span.unit == "d":
            return self.calendar.add_days(start, span.amount)
        return self.calendar.add_hours(start, span.wall)

    def accept_by(self, urgency: str, dispatched: datetime, *, emergency: bool) -> datetime:
        """Until when a dispatch must be accepted; half of it in an emergency (平急)."""
        section = self.settings.deadlines.of(urgency)
        due = self._after(dispatched, section.accept, section)
        return self.part(urgency, dispatched, due, 0.5) if emergency else due

    def resolve_by(self, urgency: str, start: datetime) -> datetime:
        """Until when an issue must be handled, counted from `start`."""
        section = self.settings.deadlines.of(urgency)
        return self._after(start, section.resolve, section)

    def measure(self, urgency: str, start: datetime, end: datetime) -> timedelta:
        """Time between two moments as the urgency's calendar counts it."""
        if self.settings.deadlines.of(urgency).calendar == "always":
            return max(end - start, timedelta())
        return self.calendar.between(start, end)

    def part(self, urgency: str, start: datetime, due: datetime, share: float) -> datetime:
        """The moment at which `share` of the (working) time between the two has passed."""
        if due <= start:
            return due
        if self.settings.deadlines.of(urgency).calendar == "always":
            return start + (due - start) * share
        return self.calendar.add_hours(start, self.calendar.between(start, due) * share)

    def after_pause(
        self, urgency: str, due: datetime, paused: datetime, resumed: datetime
    ) -> datetime:
        """Where a deadline moves to when its clock stood still between two moments."""
        if self.settings.deadlines.of(urgency).calendar == "always":
            return due + (resumed - paused)
        stood = self.calendar.between(paused, resumed)
        moved = self.calendar.add_hours(due, stood) if stood else due
        # What was due at an opening stays so: 18:00 and the next 9:00 are the same working time.
        at_opening = self.calendar.opening(due) == due.astimezone(self.calendar.zone)
        at_opening = at_opening and due.astimezone(self.calendar.zone).time() == self.calendar.opens
        return self.calendar.opening(moved) if at_opening else moved

    def extend(self, urgency: str, due: datetime, span: Span) -> datetime:
        """延期: days and hours count as the urgency's calendar counts them."""
        return self._after(due, span, self.settings.deadlines.of(urgency))


class QuietHours:
    """The hours in which rooms are quiet; they may run over midnight."""

    def __init__(self, settings: Settings) -> None:
        self.start, self.end = settings.schedule.quiet_hours
        self.zone = settings.zone

    def holds(self, moment: datetime) -> bool:
        """Whether it is quiet now."""
        local = moment.astimezone(self.zone).time()
        if self.start == self.end:
            return False
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def over_at(self, moment: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours that it falls into."""
        if not self.holds(moment):
            return moment
        local = moment.astimezone(self.zone)
        end = datetime.combine(local.date(), self.end, tzinfo=self.zone)
        return end if end > local else end + timedelta(days=1)
