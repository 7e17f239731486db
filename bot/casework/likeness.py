"""与12号是同一件事吗: the grey zone, where a person decides whether two issues are one."""

from datetime import timedelta

from bot.casework import wording
from bot.casework.work import Work
from storage import runs
from storage.tables import Issue

ANSWER_WITHIN = timedelta(days=3)


async def ask_same(work: Work, older: Issue, newer: Issue) -> None:
    """Ask the holder of the newer issue; 是 merges it into the older one."""
    worker = work.roster.worker(newer.worker_id)
    if worker is None:
        return
    text = work.say(
        "worker.same",
        number=newer.number,
        matter=wording.matter(newer),
        words=await wording.words_of(work, newer, length=50),
        other=older.number,
        other_words=await wording.words_of(work, older, length=50),
    )
    key = f"same:{older.number}:{newer.number}"
    await work.post("confirm", text, key=key, contact=worker.contact, issue=newer)
    await runs.ask(
        work.session, contact=worker.contact, kind="same", issue=newer.number,
        at=work.now, until=work.now + ANSWER_WITHIN, data={"other": older.number},
    )  # fmt: skip
