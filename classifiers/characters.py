"""Characters as people type them: width, script, numerals and what cannot be seen.

Everything here keeps positions: a view has one character for each character of the text, so that
what is found in the view can be cut out of the text.
"""

import re
import unicodedata
from functools import cache

# The commonest characters that are written in two ways, for texts typed in the traditional script.
_TRADITIONAL = str.maketrans(
    "丟棟號樓單圓員園門東車庫對後間區遞櫃幾個點塊萬兩裡裏邊業戶層這電氣煙燒兒沒來張應燈線亂開關閉進還現媽爺師說話請讓誰問聽見們沖動鬧傷斷牆壞溝蓋鐵樹報護醫繩亞囉噴竄濃"
    "熱闖鎖搶賊殺爛鬥臉腳頭髮臟髒壓條處過時帶從實寫長廠銀錢質費據廣場馬鳥魚龍風雲飛機鐘聲響習書畫親愛歡樂國際學會為與義務勞產權證紅綠藍黃嚴廳廚廁衛給經絡網統計劃勢將"
    "軍轉載輛輕軌運遠達違適選舊樣標橋檢構極榮歲歷殘減渾漲漿潔灑災爐獨獸獲環瑪療發盜盤監確礙禮種積穩競築簡簽粵糧糞緊緩縣總織繳續罰羅聯職腦脫臨舉興莊藥蘇蟲術補裝複觀規"
    "覺觸試詢詳誤調談論諾謝識譯讀變豬貓負財貨販責買賣賠賴購賽贈軟較輸辦農迴鄰釋鈴鋼錄錯鍋鍵鏟鐳閘閒闊陰陳陽隊階隨險隱雜離難靈靜頂項順預領頻題願類顧顯飯飲飽養餓館駐駕"
    "騎騙驗驚鬆鮮鹽麗麥麵齊齡",
    "丢栋号楼单圆员园门东车库对后间区递柜几个点块万两里里边业户层这电气烟烧儿没来张应灯线乱开关闭进还现妈爷师说话请让谁问听见们冲动闹伤断墙坏沟盖铁树报护医绳亚啰喷窜浓"
    "热闯锁抢贼杀烂斗脸脚头发脏脏压条处过时带从实写长厂银钱质费据广场马鸟鱼龙风云飞机钟声响习书画亲爱欢乐国际学会为与义务劳产权证红绿蓝黄严厅厨厕卫给经络网统计划势将"
    "军转载辆轻轨运远达违适选旧样标桥检构极荣岁历残减浑涨浆洁洒灾炉独兽获环玛疗发盗盘监确碍礼种积稳竞筑简签粤粮粪紧缓县总织缴续罚罗联职脑脱临举兴庄药苏虫术补装复观规"
    "觉触试询详误调谈论诺谢识译读变猪猫负财货贩责买卖赔赖购赛赠软较输办农回邻释铃钢录错锅键铲镭闸闲阔阴陈阳队阶随险隐杂离难灵静顶项顺预领频题愿类顾显饭饮饱养饿馆驻驾"
    "骑骗验惊松鲜盐丽麦面齐龄",
)
_FORMAL_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰", "一二三四五六七八九十百")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―－−─﹣"), "-") | dict.fromkeys(map(ord, "～〜∼"), "~")

CHINESE_DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "○": "0",
    "两": "2",
    "幺": "1",
    "壹": "1",
    "贰": "2",
    "叁": "3",
    "肆": "4",
    "伍": "5",
    "陆": "6",
    "柒": "7",
    "捌": "8",
    "玖": "9",
}
# Bidirectional marks, zero-width characters, the soft hyphen, tags: nothing a reader sees.
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\uffff\U000e0000-\U000e0fff]"
)


@cache
def _plain_char(char: str) -> str:
    """The plain form of one character that looks like a letter, a digit or a sign."""
    digit = unicodedata.digit(char, None)
    form = str(digit) if digit is not None else unicodedata.normalize("NFKC", char)
    return form if len(form) == 1 else char


def plain(text: str) -> str:
    """The text with full-width, circled and styled letters, digits and signs made plain.

    Returns exactly one character for each character of `text`.
    """
    if not text.isascii():
        text = "".join(c if c.isascii() else _plain_char(c) for c in text)
    return text.translate(_DASHES)


def simple(text: str) -> str:
    """The text with common traditional characters made simplified, one for one."""
    return text if text.isascii() else text.translate(_TRADITIONAL)


def plain_place(text: str) -> str:
    """`plain` and `simple`, with the formal numerals of place names made plain too."""
    return simple(plain(text)).translate(_FORMAL_NUMERALS)


def with_digits(text: str) -> str:
    """`plain`, with every Chinese digit made an Arabic one (一三八零 becomes 1380)."""
    return "".join(CHINESE_DIGITS.get(c, c) for c in plain(text))


def without_unseen(text: str) -> str:
    """The text without control, bidirectional and zero-width characters; line breaks stay."""
    text = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co")
    )


def chinese_number(text: str) -> int | None:
    """The value of an Arabic or Chinese numeral below 1,000 or of digits read one by one.

    十二 is 12, 二十 is 20, 一百零三 is 103, 一八零二 is 1802, 十 is 10; anything else is None.
    """
    if text.isascii() and text.isdigit():
        return int(text[:18])
    text = text.replace("廿", "二十").replace("卅", "三十")
    if not text or any(c not in CHINESE_DIGITS and c not in "十百" for c in text):
        return None
    if not set(text) & set("十百"):
        return int("".join(CHINESE_DIGITS[c] for c in text)[:18])
    match = re.fullmatch(r"(?:(.)百)?零?(?:(.?)(十))?(.?)", text)
    if match is None:
        return None
    hundreds, tens, ten, ones = match.groups()
    value = 0
    for digit, unit in ((hundreds, 100), (tens or ("一" if ten else ""), 10), (ones, 1)):
        if digit and digit not in CHINESE_DIGITS:
            return None
        value += int(CHINESE_DIGITS[digit]) * unit if digit else 0
    return value
