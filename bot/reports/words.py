"""高频词: what a week's issues speak of more than the community's issues did before."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import jieba
from sqlmodel import col, select

from bot.reports.cases import Case
from bot.reports.summary import Summary, sensitive
from classifiers.privacy import mask
from storage.tables import Event

STOP_WORDS = Path(__file__).with_name("stopwords.txt")
SHOWN = 6
PAST_AT_MOST = 3000
_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}")


@cache
def stop_words() -> frozenset[str]:
    lines = STOP_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


@cache
def _tokenizer() -> jieba.Tokenizer:
    return jieba.Tokenizer()


def cut(text: str, unwanted: Iterable[str] = ()) -> set[str]:
    """The telling words of a text: two Chinese characters or more, no stop words, no places."""
    for name in unwanted:
        text = text.replace(name, " ")
    return {
        word for word in _tokenizer().lcut(text)
        if _WORD.fullmatch(word) and word not in stop_words()
    }  # fmt: skip


def keywords(
    now: Iterable[str], past: Iterable[str], *, unwanted: Iterable[str] = (), most: int = SHOWN
) -> tuple[str, ...]:
    """TF-IDF over documents: what at least two of `now` say, weighed against the `past`.

    Args:
        now: texts of the window, an issue each.
        past: texts of the community's own past.
        unwanted: names of places and people that are no keywords.
    """
    hidden = sorted({name for name in unwanted if name}, key=len, reverse=True)
    said = Counter(word for text in now for word in cut(text, hidden))
    before = [cut(text, hidden) for text in past]
    known = Counter(word for words in before for word in words)
    score = {
        word: count * math.log((len(before) + 2) / (known[word] + 1))
        for word, count in said.items()
        if count >= 2
    }
    ranked = sorted(score, key=lambda word: (-score[word], -said[word], word))
    return tuple(word for word in ranked if score[word] > 0)[:most]


async def of_window(summary: Summary, *, most: int = SHOWN) -> tuple[str, ...]:
    """The keywords of a summary's new issues against the community's past; sensitive ones apart."""
    new = [case for case in summary.new if not sensitive(case)]
    if len(new) < 2:
        return ()
    settings = summary.work.house.settings
    unwanted = {*settings.estates, *summary.names, *(w.name for w in settings.workers)}
    unwanted |= {str(case.state.get("landmark") or "") for case in new}
    return keywords(
        [_words(case) for case in new], await _past(summary), unwanted=unwanted, most=most
    )


def _words(case: Case) -> str:
    return mask(str(case.state["summary"]), rooms=True)


async def _past(summary: Summary) -> list[str]:
    query = (
        select(Event.state)
        .where(
            col(Event.community_id).in_(summary.communities),
            Event.act == "open",
            Event.at < summary.window.start,
        )
        .order_by(col(Event.id).desc())
        .limit(PAST_AT_MOST)
    )
    rows = (await summary.work.session.exec(query)).all()
    return [str(row.get("summary", "")) for row in rows if row]
