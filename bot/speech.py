"""Says things: every sentence is a template under `prompts/`, none is written in code.

A community edits a sentence by putting a file of the same name into its own folder
(`bot.prompts`) with just the keys that it changes.
"""

import re
import tomllib
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

import prompts

BUNDLED = Path(prompts.__file__).parent
WEEKDAYS = "一二三四五六日"


class SpeechProblem(Exception):
    """A template cannot be used; the text names the file and the key."""


def plain(text: str) -> str:
    """Residents' words fit to be repeated: no control, direction or zero-width characters."""
    kept = (
        character if character != "\n" else " "
        for character in text
        if character in "\n\u200d" or unicodedata.category(character)[0] != "C"
    )
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def shorten(text: str, length: int) -> str:
    """At most `length` characters, cut with an ellipsis."""
    clean = plain(text)
    return clean if len(clean) <= length else clean[: length - 1].rstrip("，,。 ") + "…"


def when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment as people say it: 今天13:00, 明天9:00, 周四9:00, 3月5日9:00."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local.hour}:{local.minute:02}"
    days = (local.date() - today).days
    named = {-1: "昨天", 0: "今天", 1: "明天", 2: "后天"}.get(days)
    if named:
        return named + clock
    if 0 < days < 7 and local.isocalendar().week == today.isocalendar().week:
        return f"周{WEEKDAYS[local.weekday()]}{clock}"
    return f"{local.month}月{local.day}日{clock}"


def how_long(span: timedelta) -> str:
    """A span as people say it: 25分钟, 3小时, 2天."""
    minutes = max(int(span.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes}分钟"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}小时" if rest < 10 or hours >= 6 else f"{hours}小时{rest}分钟"
    return f"{minutes // 1440}天"


@lru_cache(maxsize=8)
def _load(folder: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SpeechProblem(f"{path}: is not valid TOML ({error})") from error
        for key, value in content.items():
            if not isinstance(value, str):
                raise SpeechProblem(f"{path}: {key} is not a sentence")
            sentences[f"{path.stem}.{key}"] = value
    return sentences


class Speech:
    """The sentences of the bundled templates, with a community's own standing over them."""

    def __init__(self, bot_name: str, zone: ZoneInfo, folder: Path | None = None) -> None:
        self.zone = zone
        environment = SandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
        )
        environment.globals["bot"] = bot_name
        sentences = dict(_load(BUNDLED))
        if folder is not None:
            own = _load(folder)
            if unknown := sorted(set(own) - set(sentences)):
                raise SpeechProblem(f"{folder}: there is no sentence “{unknown[0]}” to replace")
            sentences |= own
        try:
            self._templates = {
                key: environment.from_string(text.strip()) for key, text in sentences.items()
            }
        except TemplateError as error:
            raise SpeechProblem(f"a template cannot be read: {error}") from error

    def say(self, key: str, /, **words: Any) -> str:
        """Render one sentence.

        Raises:
            KeyError: when there is no such sentence.
            SpeechProblem: when an edited template asks for a word that is not given to it.
        """
        try:
            text = self._templates[key].render(**words)
        except TemplateError as error:
            raise SpeechProblem(f"the template {key} cannot be used: {error}") from error
        return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())

    @property
    def keys(self) -> list[str]:
        return sorted(self._templates)
