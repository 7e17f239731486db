"""What is answered rather than dispatched: questions that the services list knows, and matters
that are somebody else's (三张清单). Both are counted: they have a number and a rating like any."""

from bot.casework import desk, handling, wording
from bot.casework.desk import BOT
from bot.casework.transitions import Act
from bot.casework.work import Work
from bot.settings import ElsewhereEntry
from classifiers.privacy import mask
from classifiers.taxonomy import Intent
from storage import issues
from storage.tables import Issue


async def inform(work: Work, issue: Issue) -> bool:
    """Answer an issue at once where that is all it needs. Says whether it was answered."""
    if wording.is_sensitive(issue):
        return False
    report = await issues.first_report(work.session, issue.number)
    words = report.text if report else issue.summary
    answer = _of_service(work, issue, words) or _of_elsewhere(work, issue, words)
    if answer is None:
        return False
    contact = await handling.reporter_contact(work, issue)
    await desk.apply(work, issue, Act.INFORM, BOT, handled_at=work.now, result=answer)
    await handling.close_later(work, issue)
    room = work.room_of(issue.source_room_id)
    if room is None and contact is None:
        return True
    # An office's telephone number is as little for a room as anybody's: it is told directly.
    hidden = room is not None and mask(answer, rooms=True) != answer
    text = work.say(
        "resident.informed", number=issue.number, answer=mask(answer, rooms=True), hidden=hidden
    )
    if room is None:
        text = work.say("resident.informed", number=issue.number, answer=answer, hidden=False)
    await work.post("ack", text, key=f"ack:{issue.number}", room=room, contact=contact, issue=issue)
    return True


def _of_service(work: Work, issue: Issue, words: str) -> str | None:
    services = work.house.services
    asks = issue.intent == Intent.CONSULT or issue.category == "gov_service"
    if services is None or not asks:
        return None
    service = services.find(words, issue.embedding)
    return work.say("resident.service", service=service) if service else None


def _of_elsewhere(work: Work, issue: Issue, words: str) -> str | None:
    entry = elsewhere(work, issue.category, words)
    if entry is None:
        return None
    return work.say("resident.elsewhere", responsible=entry.responsible, reach=entry.reach)


def elsewhere(work: Work, category: str, words: str) -> ElsewhereEntry | None:
    """The entry of the list that a matter falls under, by its words and, where named, category."""
    for entry in work.house.settings.elsewhere:
        if entry.category not in (None, category):
            continue
        if any(word and word in words for word in entry.words):
            return entry
    return None
