"""Buildings, units and rooms in the notations that people use: a grammar over plain text.

`addresses` finds every place that a text names, with its position; `places` decides which of them
is meant. Notations: 三栋二单元501, 5-2-801, 12#2-1801, 7幢, B区6号楼, 3洞2单圆 (voice input), 15-2,
28-2602, 3号楼2门501. Not places: floors, gates, phases, parking bays, street numbers, dates, times,
prices, scores, quantities.
"""

import re
from dataclasses import dataclass

from classifiers.characters import chinese_number, plain_place

_CN = "零〇一二三四五六七八九十百两幺廿卅"
_CN_ONE = "一二三四五六七八九"
_NUM = rf"(?:[0-9]{{1,3}}|[{_CN}]{{1,4}})"
_BUILDING = rf"(?:[A-Za-z] ?-?[0-9]{{1,2}}|[0-9]{{1,3}} ?[A-Za-z]?|[A-Za-z]|[{_CN}]{{1,4}})"
_ROOM = rf"(?:[0-9]{{3,4}}[A-Da-d]?|[{_CN_ONE}幺][{_CN_ONE}零〇幺十]{{2,3}})"
# What may stand between the parts of one address.
_GAP = r"[\s,、.。·\-~/()的]{0,3}"
_UNIT_WORD = (
    r"(?:单[元圆源园员原远缘院][门]?|[丹担但蛋旦]元|(?:U|u)nit"
    r"|单(?=\s*-?[0-9]{3,4}|[\s,。!的]|$))"
)
# After a building only: 3号楼2门501, 7栋2梯. A gate or a staircase when it stands alone.
_NEAR_UNIT_WORD = (
    rf"(?:{_UNIT_WORD}|[门梯](?=\s*-?[0-9]{{3,4}})|梯(?=[嘅的]|楼)(?!的?[{_CN}0-9]+户))"
)
_NOT_THING = r"(?!\s*(?:门(?![口前])|电梯|车位|桩|岗|库|口|井|箱|机|泵|线|车|杆|地块|充电|桥|柜))"
_BUILDING_WORD = (
    rf"(?:号\s*(?:楼(?!梯)|[搂栋幢])|浩楼|[栋幢橦](?:楼(?![下道上顶梯前后里内门]))?|\#\s*楼|\#{_NOT_THING}|座(?![桥山庙位机椅谈])|塔楼"
    r"|洞(?![口里眼])"
    rf"|[动冻懂洞](?=[0-9]{{3,4}})|[动冻懂东董号](?=\s*(?:{_NUM}\s*{_UNIT_WORD}|[0-9]{{3,4}}\s*(?:室|房))))"
)
_START = rf"(?<![0-9A-Za-z.{_CN}])(?<![0-9]:)"
_LIST = r"(?:-|~|至|到|和|、|,|及|与|跟|同)"
# What follows a number that counts, measures or tells the time.
_MEASURE = (
    r"(?:\s*(?:个|天(?!天|花)|日|月|年|点|时|小时|分|秒|块|元|毛|米|公里|里|岁|度|人|户|次|遍|趟|条|辆|台|层|"
    r"倍|万|千|百|斤|公斤|平|方|%|期|级|周|星期|位|名|张(?![叔阿大姨婆奶爷师老先女哥姐家伯姓嬢孃])|把|根|只|份|袋|包|瓶|箱|车|本|回|代|寸|吨|升|单|"
    r"多|来|几|余|瓦|w|W|k|K|v|V|伏|兆|g|G|m|M|℃|°|赢|输|胜|负|领先|落后|绝杀|战|拿下|击败|比)"
    r"|(?:号|家|楼|路|口|杯|支|场|块)(?![里的楼道下梯顶上门内]))"
)
_ROOM_END = (
    r"(?![0-9:%])(?!\s*(?:元|块|米|平|㎡|户(?![主型里的])|人|年|度|吨|个|天(?!天|花)|多|余|来|万|斤|瓦|伏|次|分|秒|毫|号线|路|"
    r"栋|幢|单元|点|月|号楼|报警|急救|兆|[wWvVmMgGkK]|-\s*[0-9]))"
)

_EXPLICIT = re.compile(
    rf"{_START}(?P<b>{_BUILDING})(?:\s*{_LIST}\s*{_BUILDING}){{0,6}}\s*(?P<word>{_BUILDING_WORD})"
    rf"(?:{_GAP}(?P<u>{_NUM}|[A-Za-z])(?:\s*{_LIST}\s*{_NUM}){{0,6}}\s*{_NEAR_UNIT_WORD}"
    rf"|{_GAP}(?P<u2>[0-9]{{1,2}})\s*[-/~.]\s*(?={_ROOM})"
    rf"|\s*-\s*(?P<u3>[1-9])(?![0-9A-Za-z]|\s*(?:[栋幢座#]|号楼)|{_MEASURE}))?"
    rf"(?:{_GAP}{_NUM}\s*[楼层](?={_GAP}{_ROOM}))?"
    rf"(?:{_GAP}(?P<r>{_ROOM}){_ROOM_END})?"
)
_DASHED = re.compile(
    rf"{_START}(?<![0-9]-)(?:[0-9A-Za-z]{{1,2}}\s*-\s*)?"
    rf"(?P<b>[A-Za-z]?[1-9][0-9]{{0,2}}[A-Za-z]?|[A-Za-z])\s*(?P<sep>[-/.~_]|#-?)\s*"
    rf"(?P<u>[1-9][0-9]?)\s*(?:[-/.~_]|\s)\s*(?P<r>[0-9]{{3,4}}[A-Da-d]?){_ROOM_END}"
)
_UNIT_DASHED = re.compile(
    rf"{_START}(?P<b>[0-9]{{1,3}})\s*-\s*(?P<u>[0-9]{{1,2}})\s*{_UNIT_WORD}"
    rf"(?:{_GAP}(?P<r>{_ROOM}){_ROOM_END})?"
)
_PAIR = re.compile(
    rf"{_START}(?<![-/])(?P<b>[A-Za-z]?[1-9][0-9]{{0,2}}[A-Za-z]?|[A-HJ-NP-Z])\s*-\s*"
    rf"(?:(?P<u>[1-9])(?!{_MEASURE})|(?P<r>[1-9][0-9]{{2,3}}[A-Da-d]?){_ROOM_END})"
    rf"(?![0-9A-Za-z.:/%]|\s*-(?![\u4e00-\u9fff]|[0-9]{{1,2}}[楼层]))"
)
_UNIT = re.compile(
    rf"{_START}(?P<u>{_NUM}|(?<![A-Za-z])[A-Ga-g])(?:\s*{_LIST}\s*{_NUM}){{0,6}}\s*{_UNIT_WORD}"
    rf"(?:{_GAP}{_NUM}\s*[楼层](?={_GAP}{_ROOM}))?(?:{_GAP}(?P<r>{_ROOM}){_ROOM_END})?"
)
_ROOM_ALONE = re.compile(
    rf"{_START}(?<!-)(?P<r>{_ROOM})\s*(?:室(?!内|外)|号房|房(?!东|子|价|租)|"
    r"(?=的?(?:业主|住户|租客|邻居|那户|这户|那家|这家|那位|这位|家里|家的|[小老][\u4e00-\u9fff]家)))"
    r"|(?:我家|我们家|俺家|咱家|家住|我住|住在?|楼上|楼下|隔壁|对门|我是|屋头)(?:是|的)?\s*"
    rf"(?P<r2>{_ROOM}){_ROOM_END}|^(?P<r3>[0-9]{{3,4}})(?=[\u4e00-\u9fff]){_ROOM_END}"
    r"|(?<=[\s,。!…])(?P<r4>(?!20[0-2][0-9])[1-9][0-9]?(?:0[1-9]|1[0-2]))(?=\s*$|漏|渗|没水|没电|停水|停电|家)"
)
_QUANTITY_BEFORE = re.compile(r"(?:[这那几共整每各另同哪好]|总共|仅有|只有|还有)$")
_COUNTED = re.compile(r"[^,。!?\s]{0,6}?(?:都|全|同时|一起|一块)|的?(?:人|居民|住户|业主)")
_AT_BUILDING = re.compile(
    r"(?:的)?(?:正?门|后|侧|前|旁|对面|背后|附近|底|外|东|西|南|北|[0-9一二三四五六]单元)"
)
_DATE_BEFORE = re.compile(r"(?:月|[0-9]年|星期|礼拜|周)\s*$")
_STREET_BEFORE = re.compile(r"[\u4e00-\u9fff](?:路|街|巷|大道|弄|胡同|里)\s*$")
_PAIR_REFUSED_BEFORE = re.compile(
    r"(?:约|大概|差不多|第|比分|大比分|[从近]|周|星期|加价|每|等)\s*$"
)
_SUPPLIES = ("110", "119", "120", "122", "911", "315")


@dataclass(frozen=True, slots=True)
class Address:
    """One building, unit or room named at `start:end` of a text; `room_span` is the room alone."""

    building: str | None
    unit: str | None
    room: str | None
    start: int
    end: int
    room_span: tuple[int, int] | None = None

    @property
    def parts(self) -> int:
        """How many of building, unit and room are named."""
        return sum(part is not None for part in (self.building, self.unit, self.room))


def normalise_building(text: str) -> str:
    """The number or letter of a building as it is stored: 十二栋, 12#, １２号楼 → 12; a6 → A6.

    Idempotent; of a range or a list the first. What is no number comes back stripped, upper case.
    """
    view = re.sub(r"\s+", "", plain_place(text)).strip("第#-、,.")
    match = re.match(rf"{_BUILDING}(?=$|{_BUILDING_WORD}|[#栋幢座号]|{_LIST})", view)
    return _building(match.group()) if match else view.upper()


def _building(text: str) -> str:
    text = re.sub(r"[\s\-]", "", text)
    if text[0] in _CN:
        # 五六栋 names two buildings in one breath, 二八栋 one.
        if len(text) == 2 and all(c in _CN_ONE for c in text):
            first, second = (_CN_ONE.index(c) for c in text)
            text = text[0] if second == first + 1 else text
        value = chinese_number(text)
        return text if value is None else str(value)
    match = re.fullmatch(r"([A-Za-z]?)0*([0-9]*)([A-Za-z]?)", text)
    return "".join(match.groups()).upper() if match and text.strip("0") else text.upper()


def _number(text: str | None) -> str | None:
    if text is None:
        return None
    value = chinese_number(text)
    return text.upper() if value is None else str(value)


def _room(text: str | None) -> str | None:
    """A room number if it can be one: a floor of 1 to 69 and a flat of 1 to 49 on it."""
    if text is None:
        return None
    digits = text.rstrip("ABCDabcd")
    if not digits.isascii():
        value = chinese_number(digits)
        digits = "" if value is None else str(value)
    if not 3 <= len(digits) <= 4 or digits in _SUPPLIES:
        return None
    if not (1 <= int(digits[:-2]) <= 69 and 1 <= int(digits[-2:]) <= 49):
        return None
    return digits + text[len(text.rstrip("ABCDabcd")) :].upper()


def _from_match(match: re.Match[str], unit: str | None = None) -> Address | None:
    groups = match.groupdict()
    building = groups.get("b")
    unit = unit or groups.get("u") or groups.get("u2") or groups.get("u3")
    name = next((n for n in ("r", "r2", "r3", "r4") if groups.get(n)), None)
    room = _room(groups[name]) if name else None
    start = match.start("r2") if name == "r2" else match.start()
    end = match.start(name) if name and room is None else match.end()
    span = match.span(name) if name and room else None
    found = Address(
        None if building is None else _building(building),
        _number(unit),
        room,
        start,
        end,
        span,
    )
    return found if found.parts else None


def _explicit(match: re.Match[str], view: str) -> Address | None:
    before, after = view[max(0, match.start() - 4) : match.start()], view[match.end() :]
    number, word = match["b"], match["word"]
    lone = match["u"] is None and match["u2"] is None and match["r"] is None
    if word[0] in "栋幢座" and lone:
        if number in ("两", "百") or _QUANTITY_BEFORE.search(before):
            return None
        if number == "一" and (
            not _AT_BUILDING.match(after) if word[1:] == "楼" else after[:1] in tuple("一个都")
        ):
            return None
        if word[1:] == "楼" and _COUNTED.match(after):
            return None
    if word == "座" and number[0] in _CN and lone:
        return None
    if word.startswith("号") and _DATE_BEFORE.search(before):
        return None
    if word == "号" and _STREET_BEFORE.search(before):
        return None
    return _from_match(match)


def _pair(match: re.Match[str], view: str) -> Address | None:
    """15-2 and 28-2602, unless it is a score, a range or a time."""
    before = view[max(0, match.start() - 6) : match.start()]
    if match.group() in ("24-7", "7-24", "9-9"):
        return None
    if match["u"] and _PAIR_REFUSED_BEFORE.search(before):
        return None
    if re.match(r"[Bb][1-4]-", match.group()) and re.search(r"[车停位]", view):
        return None  # a bay in the garage
    return _from_match(match) if match["u"] or _room(match["r"]) else None


def _unit_dashed(match: re.Match[str]) -> Address | None:
    """15-2单元 is building 15; 1-2单元 is a range of units."""
    first, second = int(match["b"]), int(match["u"])
    if first > second or first > 9:
        return _from_match(match)
    return None


def addresses(text: str) -> list[Address]:
    """Every place that `text` names, in order and without overlaps."""
    view = plain_place(text)
    if not re.search(rf"[0-9{_CN}栋幢座单]", view):
        return []
    found: list[Address | None] = [_explicit(m, view) for m in _EXPLICIT.finditer(view)]
    found += [_from_match(m) for m in _DASHED.finditer(view)]
    found += [_unit_dashed(m) for m in _UNIT_DASHED.finditer(view)]
    found += [_pair(m, view) for m in _PAIR.finditer(view)]
    found += [_from_match(m) for m in _UNIT.finditer(view)]
    found += [_from_match(m) for m in _ROOM_ALONE.finditer(view)]
    kept: list[Address] = []
    taken = bytearray(len(view))
    for address in (a for a in found if a is not None):
        if taken.find(1, address.start, address.end) < 0:
            kept.append(address)
            taken[address.start : address.end] = b"\1" * (address.end - address.start)
    return sorted(kept, key=lambda a: a.start)
