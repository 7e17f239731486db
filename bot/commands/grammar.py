"""The words that people type, as data: verbs with their synonyms, and the shapes of numbers."""

from enum import StrEnum

from classifiers.taxonomy import CATEGORY_NAMES, Category


class Verb(StrEnum):
    """What somebody asks the bot to do."""

    ACCEPT = "accept"
    RECEIVED = "received"
    HANDLE = "handle"
    RETURN = "return"
    TRANSFER = "transfer"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASK = "ask"
    WHISTLE = "whistle"
    REJECT = "reject"
    YES = "yes"
    NO = "no"
    CATEGORY = "category"
    FILE = "file"
    LEAVE = "leave"
    TODO = "todo"
    BOARD = "board"
    SUPERVISE = "supervise"
    RECATEGORISE = "recategorise"
    MERGE = "merge"
    SPLIT = "split"
    CANCEL = "cancel"
    PROPOSE = "propose"
    DIGEST = "digest"
    EMERGENCY_ON = "emergency_on"
    EMERGENCY_OFF = "emergency_off"
    CONFIRM = "confirm"
    PROGRESS = "progress"
    HELP = "help"
    MINE = "mine"
    SATISFIED = "satisfied"
    BASICALLY = "basically"
    DISSATISFIED = "dissatisfied"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    ERASE = "erase"


STAFF_WORDS: dict[Verb, tuple[str, ...]] = {
    Verb.ACCEPT: ("接单", "我接了", "接了", "我接", "已接"),
    Verb.RECEIVED: ("收到",),
    Verb.HANDLE: (
        "办结", "办完", "办好", "处理完", "处理好", "已处理", "已办", "完工", "完成", "搞定",
        "解决了",
    ),
    Verb.RETURN: ("退回", "退单", "退件"),
    Verb.TRANSFER: ("转派", "转给", "转交", "派给", "改派"),
    Verb.EXTEND: ("申请延期", "延期", "延长"),
    Verb.SUSPEND: ("申请挂账", "挂账", "挂帐"),
    Verb.RESUME: ("恢复办理", "恢复"),
    Verb.ASK: ("补充",),
    Verb.WHISTLE: ("吹哨",),
    Verb.REJECT: ("不是诉求", "不算诉求", "非诉求", "不予受理"),
    Verb.FILE: ("上报",),
    Verb.LEAVE: ("请假",),
    Verb.TODO: ("我的待办", "待办"),
    Verb.BOARD: ("看板",),
    Verb.SUPERVISE: ("督办",),
    Verb.RECATEGORISE: ("改类", "改类别", "改分类"),
    Verb.MERGE: ("并案", "合并"),
    Verb.SPLIT: ("拆案", "拆分"),
    Verb.CANCEL: ("销号",),
    Verb.PROPOSE: ("提事",),
    Verb.DIGEST: ("日报",),
    Verb.EMERGENCY_ON: ("平急开", "平急转换开", "开启平急", "平急 开"),
    Verb.EMERGENCY_OFF: ("平急关", "平急转换关", "关闭平急", "平急 关"),
    Verb.CONFIRM: ("确认",),
    Verb.PROGRESS: ("进度", "查询", "查"),
    Verb.HELP: ("帮助", "怎么用", "help"),
}  # fmt: skip

RESIDENT_WORDS: dict[Verb, tuple[str, ...]] = {
    Verb.DISSATISFIED: ("不满意", "很不满意", "不太满意", "非常不满意"),
    Verb.BASICALLY: ("基本满意", "比较满意", "还算满意", "还行", "一般"),
    Verb.SATISFIED: ("非常满意", "很满意", "满意", "挺满意"),
    Verb.PROGRESS: ("进度", "查进度", "查询"),
    Verb.MINE: ("我的诉求", "我的事", "我反映的"),
    Verb.OPT_OUT: ("不要收集我", "别收集我", "不要收集我的信息", "停止收集"),
    Verb.OPT_IN: ("恢复收集",),
    Verb.ERASE: ("删除我的信息", "删掉我的信息", "删除我的数据"),
    Verb.CONFIRM: ("确认",),
    Verb.HELP: ("帮助", "怎么用"),
}

# Words that people also use for other things: they command with a number, or at a distance.
WEAK = frozenset(
    {
        "完成",
        "完工",
        "搞定",
        "处理好",
        "处理完",
        "解决了",
        "办好",
        "办完",
        "已处理",
        "补充",
        "恢复",
        "查",
        "查询",
    }
)

# The number may stand behind everything else.
NAMES_LATE = frozenset({
    Verb.TRANSFER, Verb.WHISTLE, Verb.RETURN, Verb.HANDLE, Verb.REJECT, Verb.SUSPEND, Verb.EXTEND,
    Verb.ACCEPT, Verb.CANCEL, Verb.RECATEGORISE, Verb.ASK,
})  # fmt: skip

# Their whole message is the command: with more words they are ordinary talk.
ALONE = frozenset({
    Verb.RECEIVED, Verb.TODO, Verb.BOARD, Verb.CONFIRM, Verb.MINE, Verb.OPT_OUT,
    Verb.OPT_IN, Verb.ERASE, Verb.HELP,
})  # fmt: skip

# Words that rate only when nothing else is said with them.
ONLY_ALONE = frozenset({"一般", "还行", "接了", "已办", "查", "我接"})

YES_WORDS = frozenset(
    {"是", "是的", "对", "对的", "嗯", "算", "算的", "是诉求", "是同一件", "同一件", "是的是的"}
)
NO_WORDS = frozenset({"否", "不是", "不", "不算", "不是的", "不是同一件", "不同", "不对", "不同意"})

CATEGORY_WORDS: dict[str, Category] = {
    **{name: category for category, name in CATEGORY_NAMES.items()},
    **{category.value: category for category in Category},
    "环卫": Category.SANITATION, "卫生": Category.SANITATION, "垃圾": Category.SANITATION,
    "秩序": Category.CITY_ORDER, "城管": Category.CITY_ORDER, "市容": Category.CITY_ORDER,
    "违建": Category.CONSTRUCTION, "施工": Category.CONSTRUCTION,
    "交通": Category.TRAFFIC, "停车": Category.TRAFFIC,
    "水电": Category.UTILITIES, "水电气": Category.UTILITIES,
    "设施": Category.FACILITY, "公共设施": Category.FACILITY,
    "物业": Category.PROPERTY, "电梯": Category.PROPERTY,
    "噪声": Category.NOISE, "噪音": Category.NOISE, "扰民": Category.NOISE,
    "环境": Category.ENVIRONMENT, "环保": Category.ENVIRONMENT, "油烟": Category.ENVIRONMENT,
    "绿化": Category.GREENING, "园林": Category.GREENING,
    "隐患": Category.HAZARD, "安全": Category.HAZARD, "消防": Category.HAZARD,
    "治安": Category.SECURITY,
    "纠纷": Category.DISPUTE, "矛盾": Category.DISPUTE,
    "民生": Category.WELFARE, "关爱": Category.WELFARE,
    "政务": Category.GOV_SERVICE, "咨询": Category.GOV_SERVICE,
    "其他": Category.OTHER, "其它": Category.OTHER,
}  # fmt: skip
