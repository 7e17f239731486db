"""From a wording to a message: an opener, a place, what follows; with the labels that hold then."""

import re
from dataclasses import dataclass, field, replace
from random import Random

from classifiers.taxonomy import Category, Intent, Kind, Urgency
from classifiers.training.grammar.families import INTENTS, Core, Family, parts, table
from classifiers.training.grammar.places import Label, spell

HERE = "\ue000"  # stands for the address until the message has been typed
_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<([A-Za-z]+)>")
_BREAK = re.compile(r"[ ，]+")

_PHYSICAL = frozenset(
    {
        Category.SANITATION,
        Category.CITY_ORDER,
        Category.CONSTRUCTION,
        Category.TRAFFIC,
        Category.UTILITIES,
        Category.FACILITY,
        Category.PROPERTY,
        Category.NOISE,
        Category.ENVIRONMENT,
        Category.GREENING,
        Category.HAZARD,
    }
)
_UNDERGROUND = frozenset({Category.TRAFFIC, Category.PROPERTY})
_UNSEEN = frozenset({Category.NOISE, Category.ENVIRONMENT})
_DANGEROUS = frozenset({Category.HAZARD, Category.CONSTRUCTION, Category.SECURITY})
_SUPPLY = frozenset({Category.UTILITIES, Category.PROPERTY, Category.FACILITY})


@dataclass(slots=True)
class Draft:
    """A message before it is typed: its clauses, its labels, the address for `HERE`."""

    family: str
    kind: Kind
    clauses: list[str]
    raw: bool = False
    category: Category | None = None
    intent: Intent | None = None
    urgency: Urgency | None = None
    place: Label | None = None
    address: str = ""
    open_end: bool = False  # the last clause may be cut short
    core: Core | None = field(default=None, repr=False)

    @property
    def critical(self) -> bool:
        return self.urgency is Urgency.CRITICAL


class Composer:
    """Puts messages together; everything random comes from one generator."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        words = table("words")
        self.slots: dict[str, list[str]] = words["slots"]
        self.landmarks: dict[str, list[str]] = words["landmarks"]
        self.relations: list[str] = words["relations"]["out"]

    def chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    # -- filling ---------------------------------------------------------------------------

    def _level(self, style: str, category: Category | None = None) -> str:
        if style == "flat":
            return "room"
        if style == "home":
            return self.rng.choices(("room", "unit", "building"), (50, 22, 28))[0]
        if style == "no":
            return self.rng.choices(("room", "unit", "building"), (14, 44, 42))[0]
        if style in ("hall", "lift"):
            return self.rng.choices(("unit", "building", "room"), (52, 44, 4))[0]
        if style == "area":
            ranged = 20 if category in _SUPPLY else 0
            return self.rng.choices(("building", "range", "unit"), (66, ranged, 14))[0]
        return self.rng.choices(("building", "unit"), (84, 16))[0]

    def _landmark(self, draft: Draft, style: str) -> str:
        if style == "street":
            return self.rng.choice(self.landmarks["street"])
        if draft.category in _UNDERGROUND and self.chance(0.2):
            return self.rng.choice(self.landmarks["garage"])
        return self.rng.choice(self.landmarks["yard"])

    def _put(self, draft: Draft, level: str, spoken_rate: float, floors: bool = True) -> str:
        spelled = spell(self.rng, level, spoken_rate, self.slots["estate"], floors)
        draft.address = spelled.text
        if draft.kind is Kind.ISSUE:
            draft.place = spelled.label
        return HERE

    def fill(self, text: str, draft: Draft, style: str, spoken_rate: float) -> str:
        """The text with one of each {a|b} chosen and every <slot> filled."""
        while match := _CHOICE.search(text):
            choice = self.rng.choice(match[1].split("|"))
            text = text[: match.start()] + choice + text[match.end() :]

        def slot(match: re.Match[str]) -> str:
            if match[1] == "P":
                return self._put(draft, self._level(style), spoken_rate, style in ("home", "hall"))
            if match[1] == "B":
                level = self._level("out")
                return self._put(draft, level, spoken_rate, floors=False)
            if match[1] == "L":
                return self._landmark(draft, style)
            return self.rng.choice(self.slots[match[1]])

        return _SLOT.sub(slot, text).strip()

    # -- places ----------------------------------------------------------------------------

    def _lead(self, draft: Draft, style: str, first: str, spoken_rate: float) -> list[str]:
        """The first clause with a place before it, or place and clause apart."""
        if style == "any":
            style = self.rng.choice(("hall", "out"))
        if style == "street" and self.chance(0.9) or style == "out" and self.chance(0.3):
            where = self._landmark(draft, style)
            return [where + first] if self.chance(0.75) else [where, first]
        if style == "area" and self.chance(0.22):
            where = self.rng.choice(
                (
                    "我们小区",
                    "咱小区",
                    "本小区",
                    "我们这",
                    "我们楼",
                    self.rng.choice(self.slots["estate"]),
                )
            )
            return [where + first] if self.chance(0.6) else [where, first]
        if style in ("hall", "lift") and self.chance(0.1):
            where = self.rng.choice(("我们栋", "我们单元", "咱这栋", "本单元", "我们这栋楼"))
            return [where + first]
        level = self._level("out" if style == "street" else style, draft.category)
        where = self._put(draft, level, spoken_rate, style in ("home", "hall"))
        if style in ("out", "street"):
            where += self.rng.choice(self.relations)
        elif self.chance(0.04):
            return [f"我是{where}的", first]
        elif self.chance(0.05):
            where = "我们" + where
        elif self.chance(0.08):
            where += "这边"
        return [where + first] if self.chance(0.62) else [where, first]

    def _trail(self, draft: Draft, style: str, spoken_rate: float) -> str:
        """The speaker's address, or where it is, behind everything."""
        level = self._level(style)
        where = self._put(draft, level, spoken_rate, style in ("home", "hall"))
        forms = ["{}", "{}", "（{}）", "我是{}的", "位置{}", "在{}"]
        if level == "room":
            forms = ["{}", "{}", "{}", "……{}", "我家{}", "地址{}", "住{}", "（{}）", "门牌{}"]
        elif style == "out":
            forms = ["就在{}这", "{}楼下", "位置{}门口", "（{}旁边）", "在{}这边"]
        return self.rng.choice(forms).format(where)

    # -- before and after -------------------------------------------------------------------

    def _opener(self, draft: Draft, core: Core, style: str) -> str | None:
        known = parts()
        if draft.family in table("targets")["families"]["bare"]:
            return None
        if draft.critical:
            return self.rng.choice(known["open.crit"]) if self.chance(0.26) else None
        if core.type in "qs":
            if not self.chance(0.4) or re.match("请|建议|希望|微心愿|想问|咨询|能不能", core.text):
                return None
            return self.rng.choice(known[f"open.{core.type}"])
        if core.type == "c" and self.chance(0.16):
            return self.rng.choice(known["open.c"])
        if not self.chance(0.2):
            return None
        seen = core.type in "nr" and style in ("out", "street") and self.chance(0.3)
        return self.rng.choice(known["open.seen" if seen else "open.any"])

    def _request(self, family: Family, core: Core) -> str:
        names = ["tail.h.any"]
        if draftable := core.category in _PHYSICAL:
            names += ["tail.h.fix"] + [f"tail.h.{family.who}"] * (family.who in ("wy", "zf"))
            names += ["tail.h.repair"] * (core.category in _SUPPLY)
        if family.style in ("home", "flat") and draftable:
            names.append("tail.h.home")
        if not draftable:
            names += ["tail.h.abs", "tail.h.sq"]
        if core.urgency is Urgency.URGENT:
            names = ["tail.urg.h", "tail.h.any"]
            names += ["tail.urg.danger"] * 2 * (core.category in _DANGEROUS)
            names += ["tail.urg.supply"] * (core.category in _SUPPLY)
        return self._pick(names)

    def _blame(self, family: Family, core: Core) -> str:
        if core.category is Category.GOV_SERVICE:
            return self._pick(["tail.c.gov", "tail.c.any"])
        names = ["tail.c.any"]
        if family.who in ("wy", "sq", "zf"):
            names.append(f"tail.c.{family.who}")
        if core.category in _DANGEROUS and core.urgency is not Urgency.NORMAL:
            names.append("tail.c.danger")
        return self._pick(names)

    def _accuse(self, family: Family, core: Core) -> str:
        if core.category is Category.DISPUTE:
            return self._pick(["tail.r.disp"])
        if core.category is Category.SECURITY:
            return self._pick(["tail.r.sec"])
        names = ["tail.r.any", "tail.r.pen"]
        if family.who in ("wy", "sq") and family.style in ("hall", "home", "out", "any"):
            names.append("tail.r.home")
        if core.category not in _UNSEEN:
            names.append("tail.r.eyes")
        if core.urgency is Urgency.URGENT and core.category in _DANGEROUS:
            names.append("tail.urg.danger")
        return self._pick(names)

    def _pick(self, names: list[str]) -> str:
        return self.rng.choice(parts()[self.rng.choice(names)])

    def _own_tail(self, family: Family, core: Core, intent: Intent) -> str | None:
        """A sentence of the family's own that fits: a consequence, a detail."""
        fits = [
            tail
            for tail in family.tails
            if tail.urgency is core.urgency
            and (
                (tail.type == "n" and core.type in "nhcr")
                or (tail.type == core.type)
                or (tail.type == "h" and intent is Intent.HELP)
                or (tail.type == "c" and intent is Intent.COMPLAINT)
            )
        ]
        return self.rng.choice(fits).text if fits else None

    def _tail(self, draft: Draft, family: Family, core: Core) -> list[str]:
        """What follows; sets the intent where it changes it."""
        assert draft.intent is not None
        tails: list[str] = []
        long = self.chance(0.1) and core.type in "nhcr" and not draft.critical
        own = self._own_tail(family, core, draft.intent) if long or self.chance(0.24) else None
        if own:
            tails.append(own)
        if family.bare:
            return tails
        if long:
            tails += self.rng.sample(parts()["colour"], self.rng.choice((1, 2, 2)))
        roll = self.rng.random() * (0.45 if long else 1)
        if draft.critical:
            if core.type in "nh" and roll < 0.34:
                tails.append(self.rng.choice(parts()["tail.crit.h"]))
        elif core.type == "n":
            if roll < 0.26:
                tails.append(self._request(family, core))
            elif roll < 0.42 and core.category is not Category.WELFARE:
                tails.append(self._blame(family, core))
                draft.intent = Intent.COMPLAINT
        elif core.type == "h" and roll < 0.26:
            tails.append(self._request(family, core))
        elif core.type == "c" and roll < 0.3:
            tails.append(self._blame(family, core))
        elif core.type == "r":
            if roll < 0.28:
                tails.append(self._accuse(family, core))
            elif roll < 0.36 and family.who in ("wy", "zf"):
                tails.append(self._pick([f"tail.c.{family.who}"]))
                draft.intent = Intent.COMPLAINT
        elif core.type == "q" and roll < 0.28:
            gov = core.category is Category.GOV_SERVICE
            tails.append(self._pick(["tail.q.any", "tail.q.gov" if gov else "tail.q.any"]))
        elif core.type == "s" and roll < 0.3:
            physical = core.category in _PHYSICAL
            tails.append(self._pick(["tail.s.any", "tail.s.phys" if physical else "tail.s.any"]))
        return tails

    def _mannered(self, family: Family, draft: Draft, text: str) -> list[str]:
        """A text that is no issue with what such speakers put before and after."""
        clauses = _clauses(text)
        if family.before and self.chance(0.2):
            clauses.insert(0, self.rng.choice(family.before))
        if family.after and self.chance(0.3):
            after = self.fill(self.rng.choice(family.after), draft, family.style, 0)
            clauses += _clauses(after)
        return clauses

    # -- the whole --------------------------------------------------------------------------

    def compose(self, family: Family, core: Core, spoken_rate: float = 0.2) -> Draft:
        """One message of this wording."""
        draft = Draft(family.id, family.kind, [], raw=family.raw, core=core)
        if family.kind is not Kind.ISSUE:
            text = self.fill(core.text, draft, family.style, spoken_rate)
            draft.clauses = [text] if family.raw else self._mannered(family, draft, text)
            return draft
        draft.category, draft.urgency = core.category, core.urgency
        draft.intent = INTENTS[core.type]
        text = self.fill(core.text, draft, family.style, spoken_rate)
        if family.raw:
            draft.clauses = [text]
            return draft
        clauses = _clauses(text)
        asked = core.type in "qs"
        style = family.style
        if (
            core.leads
            and style != "no"
            and not draft.address
            and self.chance(0.08 if asked else 0.55)
        ):
            clauses = self._lead(draft, style, clauses[0], spoken_rate) + clauses[1:]
        opener = self._opener(draft, core, style)
        tails = self._tail(draft, family, core)
        draft.open_end = bool(tails)
        clauses += [clause for tail in tails for clause in _clauses(tail)]
        if (
            style in ("home", "hall", "out")
            and not draft.address
            and not asked
            and self.chance(0.13)
        ):
            clauses.append(self._trail(draft, style, spoken_rate))
            draft.open_end = False
        draft.clauses = [opener, *clauses] if opener else clauses
        return draft

    def join(self, first: Draft, second: Draft) -> Draft:
        """Two matters in one message: the graver one gives the labels, of equals the first."""
        assert first.urgency is not None
        assert second.urgency is not None
        graver = second if second.urgency.rank > first.urgency.rank else first
        clauses = [*first.clauses, self.rng.choice(parts()["tail.pair"]), *second.clauses]
        return replace(
            graver,
            clauses=clauses,
            place=first.place,
            address=first.address,
            open_end=False,
        )


def _clauses(text: str) -> list[str]:
    return [clause for clause in _BREAK.split(text) if clause]
