"""What speakers of an issue say before and after the matter itself, and what that changes.

A request leaves a plain statement a plea for help; blame makes a complaint of it. Everything else
here leaves the labels alone, because it is only put where it fits the matter, the person asked
and the urgency.
"""

import re
from random import Random

from classifiers.taxonomy import Category, Intent, Urgency
from classifiers.training.grammar.families import Core, Family, parts

PHYSICAL = frozenset(
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
DANGEROUS = frozenset({Category.HAZARD, Category.CONSTRUCTION, Category.SECURITY})
SUPPLY = frozenset({Category.UTILITIES, Category.PROPERTY, Category.FACILITY})
UNSEEN = frozenset({Category.NOISE, Category.ENVIRONMENT})
_ASKS_ALREADY = re.compile("请|建议|希望|微心愿|想问|咨询|能不能")


class Phrases:
    """Picks openers and tails; everything random comes from one generator."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def _chance(self, rate: float) -> bool:
        return self.rng.random() < rate

    def _pick(self, *names: str) -> str:
        return self.rng.choice(parts()[self.rng.choice(names)])

    def opener(self, family: Family, core: Core, style: str) -> str | None:
        """A greeting, a sigh, a question before the question; often nothing."""
        if family.bare:
            return None
        if core.urgency is Urgency.CRITICAL:
            return self._pick("open.crit") if self._chance(0.26) else None
        if core.type in "qs":
            fits = self._chance(0.4) and not _ASKS_ALREADY.match(core.text)
            return self._pick(f"open.{core.type}") if fits else None
        if core.type == "c" and self._chance(0.16):
            return self._pick("open.c")
        if not self._chance(0.2):
            return None
        seen = core.type in "nr" and style in ("out", "street") and self._chance(0.3)
        return self._pick("open.seen" if seen else "open.any")

    def tails(self, family: Family, core: Core, intent: Intent) -> tuple[list[str], Intent]:
        """What follows the matter, and the intent of the whole."""
        critical = core.urgency is Urgency.CRITICAL
        long = core.type in "nhcr" and not critical and self._chance(0.1)
        own = self._own(family, core, intent) if long or self._chance(0.24) else None
        tails = [own] if own else []
        if family.bare:
            return tails, intent
        if long:
            tails += self.rng.sample(parts()["colour"], self.rng.choice((1, 2, 2)))
        roll = self.rng.random() * (0.45 if long else 1)
        if critical:
            if core.type in "nh" and roll < 0.34:
                tails.append(self._pick("tail.crit.h"))
            return tails, intent
        added = self._added(family, core, roll)
        if added is None:
            return tails, intent
        return [*tails, added[0]], added[1] or intent

    def _added(self, family: Family, core: Core, roll: float) -> tuple[str, Intent | None] | None:
        """A set phrase by what the wording is, and the intent it brings, if another."""
        gov = core.category is Category.GOV_SERVICE
        physical = core.category in PHYSICAL
        blamed = core.category not in (Category.WELFARE, Category.SECURITY)
        if core.type == "n" and roll < 0.26:
            return self._request(family, core), None
        if core.type == "n" and roll < 0.42 and blamed:
            return self._blame(family, core), Intent.COMPLAINT
        if core.type == "h" and roll < 0.26:
            return self._request(family, core), None
        if core.type == "c" and roll < 0.3:
            return self._blame(family, core), None
        if core.type == "r" and roll < 0.28:
            return self._accusation(family, core), None
        if core.type == "r" and roll < 0.36 and family.who in ("wy", "zf"):
            return self._pick(f"tail.c.{family.who}"), Intent.COMPLAINT
        if core.type == "q" and roll < 0.28:
            return self._pick("tail.q.any", "tail.q.gov" if gov else "tail.q.any"), None
        if core.type == "s" and roll < 0.3:
            return self._pick("tail.s.any", "tail.s.phys" if physical else "tail.s.any"), None
        return None

    def _request(self, family: Family, core: Core) -> str:
        if core.urgency is Urgency.URGENT:
            names = ["tail.urg.h", "tail.h.any"]
            names += ["tail.urg.danger"] * 2 * (core.category in DANGEROUS)
            names += ["tail.urg.supply"] * (core.category in SUPPLY)
            return self._pick(*names)
        if core.category not in PHYSICAL:
            return self._pick("tail.h.any", "tail.h.abs", "tail.h.sq")
        names = ["tail.h.any", "tail.h.fix"]
        names += [f"tail.h.{family.who}"] * (family.who in ("wy", "zf"))
        names += ["tail.h.repair"] * (core.category in SUPPLY)
        names += ["tail.h.home"] * (family.style in ("home", "flat"))
        return self._pick(*names)

    def _blame(self, family: Family, core: Core) -> str:
        if core.category is Category.GOV_SERVICE:
            return self._pick("tail.c.gov", "tail.c.any")
        names = ["tail.c.any"]
        names += [f"tail.c.{family.who}"] * (family.who in ("wy", "sq", "zf"))
        if core.category in DANGEROUS and core.urgency is not Urgency.NORMAL:
            names.append("tail.c.danger")
        return self._pick(*names)

    def _accusation(self, family: Family, core: Core) -> str:
        if core.category is Category.DISPUTE:
            return self._pick("tail.r.disp")
        if core.category is Category.SECURITY:
            return self._pick("tail.r.sec")
        names = ["tail.r.any", "tail.r.pen"]
        if family.who in ("wy", "sq") and family.style in ("hall", "home", "out", "any"):
            names.append("tail.r.home")
        if core.category not in UNSEEN:
            names.append("tail.r.eyes")
        if core.urgency is Urgency.URGENT and core.category in DANGEROUS:
            names.append("tail.urg.danger")
        return self._pick(*names)

    def _own(self, family: Family, core: Core, intent: Intent) -> str | None:
        """A sentence of the family's own that fits: a consequence, a detail."""
        kinds = {core.type}
        if core.type in "nhcr":
            kinds.add("n")
        if intent is Intent.HELP:
            kinds.add("h")
        if intent is Intent.COMPLAINT:
            kinds.add("c")
        fits = [t.text for t in family.tails if t.urgency is core.urgency and t.type in kinds]
        return self.rng.choice(fits) if fits else None
