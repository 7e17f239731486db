"""The labels of a message: what it is, what it is about, what is wanted, how pressing.

The identifiers are fixed (database, exports and the model use them as they stand); the Chinese
names are what people see. Changing an identifier needs a migration and a new model card.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What one message of a group is."""

    ISSUE = "issue"
    FOLLOWUP = "followup"
    CHAT = "chat"


class Category(StrEnum):
    """What an issue is about: the object decides, not the cause or the mood."""

    SANITATION = "sanitation"
    CITY_ORDER = "city_order"
    CONSTRUCTION = "construction"
    TRAFFIC = "traffic"
    UTILITIES = "utilities"
    FACILITY = "facility"
    PROPERTY = "property"
    NOISE = "noise"
    ENVIRONMENT = "environment"
    GREENING = "greening"
    HAZARD = "hazard"
    SECURITY = "security"
    DISPUTE = "dispute"
    WELFARE = "welfare"
    GOV_SERVICE = "gov_service"
    OTHER = "other"


class Intent(StrEnum):
    """What the speaker of an issue wants."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"


class Urgency(StrEnum):
    """How pressing an issue is."""

    CRITICAL = "critical"
    URGENT = "urgent"
    NORMAL = "normal"

    @property
    def rank(self) -> int:
        """0 for normal, 1 for urgent, 2 for critical."""
        return {"normal": 0, "urgent": 1, "critical": 2}[self.value]


CATEGORY_NAMES: dict[Category, str] = {
    Category.SANITATION: "市容环卫",
    Category.CITY_ORDER: "市容秩序",
    Category.CONSTRUCTION: "违建与施工",
    Category.TRAFFIC: "交通停车",
    Category.UTILITIES: "水电气讯",
    Category.FACILITY: "公共设施",
    Category.PROPERTY: "物业服务",
    Category.NOISE: "噪声扰民",
    Category.ENVIRONMENT: "生态环境",
    Category.GREENING: "园林绿化",
    Category.HAZARD: "安全隐患",
    Category.SECURITY: "社会治安",
    Category.DISPUTE: "矛盾纠纷",
    Category.WELFARE: "民生关爱",
    Category.GOV_SERVICE: "政务服务",
    Category.OTHER: "其他诉求",
}

INTENT_NAMES: dict[Intent, str] = {
    Intent.CONSULT: "咨询",
    Intent.HELP: "求助",
    Intent.COMPLAINT: "投诉",
    Intent.REPORT: "举报",
    Intent.SUGGESTION: "建议",
}

URGENCY_NAMES: dict[Urgency, str] = {
    Urgency.CRITICAL: "特急",
    Urgency.URGENT: "紧急",
    Urgency.NORMAL: "一般",
}

# In a residents' room only the number of these is said; see also `Intent.REPORT`.
SENSITIVE_CATEGORIES = frozenset({Category.WELFARE, Category.DISPUTE, Category.SECURITY})
