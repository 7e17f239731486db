"""Text in, intention out. Pure: knows neither who types nor which issues there are."""

import re
import unicodedata
from dataclasses import dataclass

from bot.commands.grammar import (
    ALONE,
    CATEGORY_WORDS,
    NAMES_LATE,
    NO_WORDS,
    ONLY_ALONE,
    RESIDENT_WORDS,
    STAFF_WORDS,
    WEAK,
    YES_WORDS,
    Verb,
)
from classifiers.taxonomy import Category

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NOT_A_NUMBER_BEFORE = (
    r"(?!\s*(?:个|栋|幢|号楼|楼|盏|天|日|小时|个?工作日|点|月|单元|层|元|块|年|%|％|周|分|户|人|次|处|条|根|米"
    r"|[.:：/\-—~至到]\s*\d))"
)
_NUMBER = (
    r"(?:[#＃№]|第|编号|no\.?)?\s*"
    r"(?:(?P<{0}>\d{{1,7}})(?!\d)"
    + _NOT_A_NUMBER_BEFORE
    + r"|(?P<{0}zh>[一二两三四五六七八九十百]{{1,5}})(?=\s*号(?!楼)))"
    r"\s*(?:号单|号件|号(?!楼)|#|单|件)?"
)
_FILLER = (
    r"(?:好的?|收到|我来|我|马上|已经?|现在|可以|嗯+|行|ok|您好|你好|请|麻烦|把|将)?"
    r"[，,。.!！、:：\s]*"
)
# What follows a verb in a question or a denial: 办结了吗, 接单没, 办结不了, 满意度.
_NOT_MEANT = re.compile(r"^(?:吗|么|嘛|了吗|不了|不成|不掉|度)")
_ASKED = re.compile(r"^(?:没|不|否|了没)|[?？]$")
_ANSWERABLE = frozenset({Verb.ACCEPT, Verb.RECEIVED, Verb.HANDLE, Verb.RESUME, Verb.CONFIRM})
_VERB_LAST = re.compile(
    r"^(?P<rest>.+?)[，,。；;!！\s]+(?:已经?)?办[结完](?:了)?[。.!！]*$", re.DOTALL
)
_PLEASANTRY = 10
_BY_WORD = frozenset({Verb.FILE, Verb.LEAVE})  # what follows is the matter, never a number
_AT_END = re.compile(
    r"^(?P<rest>.*?)[，,：:\s]*(?:(?:[#＃№]|第)\s*(?P<a>\d{1,7})|(?P<b>\d{1,7})\s*号)$", re.DOTALL
)
_BARE_AT_END = re.compile(r"^(?P<rest>.*[^\d\s])\s+(?P<a>\d{1,7})$", re.DOTALL)
_KEPT = frozenset("，。！？：；（）")  # Chinese punctuation stays as it was typed
LEFT_OVER = " ，,。.!！、:：;；~～-—"


@dataclass(frozen=True, slots=True)
class Command:
    """An intention: a verb, the issue it is for, and what else was said."""

    verb: Verb
    number: int | None = None
    other: int | None = None
    rest: str = ""
    category: Category | None = None
    bare: bool = False
    """Nothing but the word itself was typed."""


def chinese_number(text: str) -> int | None:
    """十二 as 12, 一百零三 as 103; None for what is no number below a thousand."""
    if text.isdigit():
        return int(text)
    total, digit = 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif character == "百":
            total, digit = total + (digit or 1) * 100, 0
        else:
            return None
    return total + digit or None


def tidy(text: str, bot_name: str = "") -> str:
    """The typed line without mentions, with half-width digits and plain spaces."""
    line = "".join(c if c in _KEPT else unicodedata.normalize("NFKC", c) for c in text)
    line = line.replace("\u2005", " ").replace("\u200b", "")
    if bot_name:
        line = re.sub(rf"@\s*{re.escape(bot_name)}\s*", " ", line)
    return re.sub(r"\s+", " ", line).strip()


def mentions(text: str, bot_name: str) -> bool:
    """Whether a line speaks to the bot by @NAME."""
    line = unicodedata.normalize("NFKC", text)
    return bool(bot_name) and re.search(rf"@\s*{re.escape(bot_name)}", line) is not None


def numbers_in(text: str) -> list[int]:
    """Issue numbers in a line or a quote: 12号, #12, a bare 12."""
    found = []
    for match in re.finditer(_NUMBER.format("n"), tidy(text), re.IGNORECASE):
        value = _value(match, "n")
        if value:
            found.append(value)
    return found


# 3月5号, 明天8号, 8号上午 and 8号开会 are days, 8号楼 is a building.
_QUOTED_NUMBER = re.compile(
    r"(?:[#№]\s*(\d{1,7})|(?<![\d\-月])(?<!月\s)(?<!天)(?<!日)(\d{1,7})\s*号"
    r"(?!楼|上午|下午|晚|早|中午|开会|前|之前|到|至))"
)


def number_of_quote(quote: str) -> int | None:
    """The issue that a quoted message of the bot is about: its first number with 号 or #."""
    match = _QUOTED_NUMBER.search(tidy(quote))
    return int(match[1] or match[2]) if match else None


def _value(match: re.Match[str], name: str) -> int | None:
    plain, written = match[name], match[f"{name}zh"]
    if plain:
        return int(plain)
    return chinese_number(written) if written else None


def _pattern(words: tuple[str, ...], *, late: bool) -> re.Pattern[str]:
    verb = "|".join(
        re.escape(w).replace(r"\ ", r"\s*") for w in sorted(words, key=len, reverse=True)
    )
    before = rf"(?:{_NUMBER.format('before')}[，,：:\s]*)?"
    after = rf"(?:[，,：:\s]*{_NUMBER.format('after')})?" if late else ""
    return re.compile(
        rf"^{_FILLER}{before}(?:{_FILLER})(?P<verb>{verb})(?:了|啦|咯)?{after}(?P<rest>.*)$",
        re.IGNORECASE | re.DOTALL,
    )


def _compile(table: dict[Verb, tuple[str, ...]]) -> list[tuple[Verb, re.Pattern[str]]]:
    return [(verb, _pattern(words, late=True)) for verb, words in table.items()]


_STAFF = _compile(STAFF_WORDS)
_RESIDENT = _compile(RESIDENT_WORDS)


def _match(line: str, table: list[tuple[Verb, re.Pattern[str]]]) -> Command | None:
    best: tuple[float, Command] | None = None
    for verb, pattern in table:
        found = pattern.match(line)
        command = _read(verb, found, line) if found else None
        if found is None or command is None:
            continue
        weight = len(found["verb"]) - found.start("verb") / 100
        if best is None or weight > best[0]:
            best = (weight, command)
    return best[1] if best else None


def _read(verb: Verb, found: re.Match[str], line: str) -> Command | None:
    """The command that a match holds; None where its words mean something else."""
    if verb in _BY_WORD:
        return Command(verb, rest=line[found.end("verb") :].strip(LEFT_OVER))
    rest = found["rest"].strip(LEFT_OVER)
    number = _value(found, "before") or _value(found, "after")
    if number is None:
        number, rest = _number_at_end(verb, rest)
    if _NOT_MEANT.search(rest) or (verb in _ANSWERABLE and _ASKED.search(rest)):
        return None
    if found["verb"] in ONLY_ALONE and rest:
        return None
    if (
        found["verb"] in WEAK
        and rest
        and number is None
        and line[found.end("verb")] not in LEFT_OVER
    ):
        return None
    kindly = verb is Verb.RECEIVED and (number or len(rest) <= _PLEASANTRY)
    if verb in ALONE and rest and not kindly:
        return None
    return Command(verb, number, rest=rest, bare=not rest and number is None)


def _number_at_end(verb: Verb, rest: str) -> tuple[int | None, str]:
    """转派给李强 12号: the number behind what else was said."""
    if verb not in NAMES_LATE:
        return None, rest
    found = _AT_END.match(rest)
    if found is None and verb in (Verb.TRANSFER, Verb.WHISTLE):
        found = _BARE_AT_END.match(rest)
    if found is None:
        return None, rest
    value = next(v for k, v in found.groupdict().items() if k != "rest" and v)
    return int(value), found["rest"].strip(LEFT_OVER)


def parse_staff(text: str, bot_name: str = "") -> Command | None:
    """What a worker or secretary types; None for ordinary talk."""
    line = tidy(text, bot_name)
    bare = line.strip(LEFT_OVER)
    if found := _yes_or_no(bare) or _merged_into(bare):
        return found
    command = _match(line, _STAFF) or _handled_last(line)
    if command is None:
        return None
    if command.verb in (Verb.MERGE, Verb.RECATEGORISE, Verb.WHISTLE, Verb.TRANSFER):
        return _with_object(command)
    return command


def _handled_last(line: str) -> Command | None:
    """12号灯泡换好了，办结: the verb behind what was done."""
    match = _VERB_LAST.match(line)
    if match is None:
        return None
    rest = match["rest"].strip(LEFT_OVER)
    number = number_of_quote(rest)
    rest = re.sub(r"^(?:#\s*\d{1,7}|\d{1,7}\s*号)", "", rest).strip(LEFT_OVER)
    return Command(Verb.HANDLE, number, rest=rest)


def _yes_or_no(bare: str) -> Command | None:
    match = re.fullmatch(
        rf"(?:{_NUMBER.format('n')}[，,：:\s]*)?(?P<word>[^\d\s]{{1,8}}?)(?:[，,：:\s]*{_NUMBER.format('m')})?",
        bare,
        re.IGNORECASE,
    )
    if not match:
        return None
    number = _value(match, "n") or _value(match, "m")
    word = match["word"].strip(LEFT_OVER)
    if word in YES_WORDS:
        return Command(Verb.YES, number)
    if word in NO_WORDS:
        return Command(Verb.NO, number)
    if word in CATEGORY_WORDS:
        return Command(Verb.CATEGORY, number, category=CATEGORY_WORDS[word])
    return None


def _merged_into(bare: str) -> Command | None:
    """15并入12: the other way round."""
    match = re.fullmatch(
        rf"(?:把|将)?\s*{_NUMBER.format('n')}\s*(?:合?并[入到])\s*{_NUMBER.format('m')}", bare
    )
    return Command(Verb.MERGE, _value(match, "m"), _value(match, "n")) if match else None


def category_in(text: str) -> Category | None:
    """The category that a word or two name."""
    line = tidy(text).strip(LEFT_OVER)
    if line in CATEGORY_WORDS:
        return CATEGORY_WORDS[line]
    named = [word for word in sorted(CATEGORY_WORDS, key=len, reverse=True) if word in line]
    return CATEGORY_WORDS[named[0]] if named and len(line) <= 12 else None


def _with_object(command: Command) -> Command:
    rest = command.rest
    match command.verb:
        case Verb.MERGE:
            others = numbers_in(re.sub(r"[和与跟、,，]|并入|并到|到", " ", rest))
            if command.number is None and len(others) > 1:
                return Command(Verb.MERGE, others[0], others[1])
            return Command(Verb.MERGE, command.number, others[0] if others else None)
        case Verb.RECATEGORISE:
            word = re.sub(r"^(为|成|到|改为|改成)", "", rest).strip()
            return Command(Verb.RECATEGORISE, command.number, rest=word, category=category_in(word))
        case _:
            name = re.sub(r"^(给|到|至|由|请)\s*", "", rest).strip()
            return Command(command.verb, command.number, rest=name)


def parse_resident(text: str, bot_name: str = "") -> Command | None:
    """What a resident types to the bot; None for ordinary talk."""
    return _match(tidy(text, bot_name), _RESIDENT)
