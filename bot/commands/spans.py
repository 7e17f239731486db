"""Lengths of time and days in what people type: 3天, 半天, 3月5日-3月8日, 明天, 5号到8号."""

import re
from datetime import date, timedelta

from bot.commands.parser import LEFT_OVER, chinese_number, tidy
from bot.durations import Span

_SPAN = re.compile(
    r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)\s*(?P<u>个?工作日|天|日|个?小时|钟头|h|d|个?星期|个?礼拜|周)",
    re.IGNORECASE,
)


def take_span(text: str) -> tuple[Span | None, str]:
    """A length of time in a line, and the line without it: `3天 等配件` is 3d and 等配件."""
    match = _SPAN.search(text)
    if not match:
        return None, text.strip(LEFT_OVER)
    rest = (text[: match.start()] + " " + text[match.end() :]).strip(LEFT_OVER)
    amount = 0 if match["n"] == "半" else chinese_number(match["n"]) or 0
    unit = match["u"].lower()
    if unit in ("个小时", "小时", "钟头", "h"):
        return (Span(amount, "h") if amount else Span(30, "m")), rest
    if unit.endswith(("星期", "礼拜", "周")):
        return (Span(amount * 7, "d") if amount else None), rest
    return (Span(amount, "d") if amount else Span(12, "h")), rest


_DAY = (
    r"(?:(?P<y{0}>20\d\d)[年./-])?(?P<m{0}>1[0-2]|0?[1-9])[月./-]"
    r"(?P<d{0}>3[01]|[12]\d|0?[1-9])[日号]?"
)
_ONE_DAY = re.compile(_DAY.format(1))
_TWO_DAYS = re.compile(
    _DAY.format(1)
    + r"\s*(?:-|—|~|到|至|－)+\s*(?:"
    + _DAY.format(2)
    + r"|(?P<only>3[01]|[12]\d|0?[1-9])[日号]?)"
)
_DAYS_OF_MONTH = re.compile(
    r"(?<!\d)(?P<first>3[01]|[12]\d|0?[1-9])[日号]?(?:\s*(?:-|—|~|到|至|－)+\s*(?P<last>3[01]|[12]\d|0?[1-9]))?[日号]"
)
_RELATIVE = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2}


def _day(match: re.Match[str], index: int, today: date) -> date | None:
    if match[f"m{index}"] is None:
        return None
    year = int(match[f"y{index}"] or today.year)
    try:
        day = date(year, int(match[f"m{index}"]), int(match[f"d{index}"]))
    except ValueError:
        return None
    if match[f"y{index}"] is None and day < today - timedelta(days=180):
        day = day.replace(year=year + 1)
    return day


def take_days(text: str, today: date) -> tuple[tuple[date, date] | None, str]:
    """A day or a range of days in a line, and the line without it.

    A day without its year is the nearest one that is not half a year gone.
    """
    line = tidy(text)
    match = _TWO_DAYS.search(line)
    if match:
        first = _day(match, 1, today)
        last = _day(match, 2, today)
        if first and last is None and match["only"]:
            try:
                last = first.replace(day=int(match["only"]))
            except ValueError:
                last = None
        if first and last and first <= last:
            return (first, last), (line[: match.start()] + " " + line[match.end() :]).strip(
                LEFT_OVER
            )
        return None, line
    if match := _ONE_DAY.search(line):
        day = _day(match, 1, today)
        rest = (line[: match.start()] + " " + line[match.end() :]).strip(LEFT_OVER)
        return ((day, day) if day else None), rest
    for word, days in _RELATIVE.items():
        if word in line:
            day = today + timedelta(days=days)
            return (day, day), line.replace(word, " ").strip(LEFT_OVER)
    return None, line


def take_leave(text: str, today: date) -> tuple[date, date] | None:
    """The days of 请假: as `take_days`, and 5号到8号 of this month or the next."""
    found, _ = take_days(text, today)
    if found:
        return found
    match = _DAYS_OF_MONTH.search(tidy(text))
    if not match:
        return None
    first, last = int(match["first"]), int(match["last"] or match["first"])
    month = today if first >= today.day else today.replace(day=1) + timedelta(days=32)
    try:
        start = month.replace(day=first)
        end = start.replace(day=last) if last >= first else None
    except ValueError:
        return None
    return (start, end) if end else None
