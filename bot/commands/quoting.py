"""Which issue a quote in a worker's message is about: the dispatch that they answer."""

from bot.casework.work import Work
from bot.commands import selection
from bot.commands.parser import number_of_quote
from bot.settings import WorkerEntry
from storage import issues, outgoing


async def number_of(work: Work, worker: WorkerEntry, quote: str | None) -> int | None:
    """The number of the issue that a quote speaks of; None where it speaks of none.

    Our own text, whole or cut short, is known by its row; else a number as a dispatch bears it,
    else a resident's words that stand in the quote.
    """
    if not quote or not quote.strip():
        return None
    sent = await outgoing.quoted(work.session, quote)
    if sent is not None and sent.issue is not None:
        return sent.issue
    if number := number_of_quote(quote):
        return number
    for issue in await selection.in_hand(work, worker):
        report = await issues.first_report(work.session, issue.number)
        words = (report.text if report else "").strip()
        if len(words) >= 4 and (words in quote or quote.strip() in words):
            return issue.number
    return None
