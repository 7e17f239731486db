"""Personal data never gets through, whatever the spelling; what people need to read stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.privacy import findings, mask

PERSONAL = [
    ("打我电话13800138000", "打我电话[电话]"),
    ("138 0013 8000", "[电话]"),
    ("138-0013-8000 谢谢", "[电话] 谢谢"),
    ("１３８００１３８０００", "[电话]"),
    ("一三八零零一三八零零零", "[电话]"),
    ("幺三八 零零幺三 八零零零", "[电话]"),
    ("①③⑧⓪⓪①③⑧⓪⓪⓪", "[电话]"),
    ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "[电话]"),
    ("+86 138-0013-8000", "[电话]"),
    ("8613800138000", "[电话]"),
    ("138零零1380零0", "[电话]"),
    ("138OO138OOO", "[电话]"),
    ("1 3 8 0 0 1 3 8 0 0 0", "[电话]"),
    ("0832-2345678", "[电话]"),
    ("(028)85551234", "[电话]"),
    ("028 8555 1234转8001", "[电话]"),
    ("电话2345678", "电话[电话]"),
    ("身份证510102199001011234", "身份证[证件号]"),
    ("51010219900101123X", "[证件号]"),
    ("510102 19900101 1234", "[证件号]"),
    ("510102900101123", "[证件号]"),
    ("５１０１０２１９９００１０１１２３４", "[证件号]"),
    ("护照E12345678", "护照[证件号]"),
    ("卡号4111111111111111", "卡号[卡号]"),
    ("4111 1111 1111 1111", "[卡号]"),
    ("6222 0212 3456 7890 123", "[卡号]"),
    ("abc.def＠163．com", "[邮箱]"),
    ("发到 abc @ qq.com", "发到 [邮箱]"),
    ("微信号：abc_123", "微信号：[微信号]"),
    ("vx abc123", "vx [微信号]"),
    ("加V: hello_world", "加V: [微信号]"),
    ("wxid_abcd1234", "[微信号]"),
    ("QQ 12345678", "QQ [QQ号]"),
    ("川A12345堵门", "[车牌]堵门"),
    ("川A·D12345", "[车牌]"),
    ("川AD12345", "[车牌]"),
    ("川k 8d231", "[车牌]"),
    ("车牌A8K32L挡住了", "车牌[车牌]挡住了"),
    ("13800138000 510102199001011234", "[电话] [证件号]"),
]

PLAIN = [
    "3栋2单元电梯坏了",
    "诉求12号什么时候办",
    "#1203 进度",
    "打110、119、120都行",
    "拨打12345或者96110",
    "400-820-8820",
    "2026年3月2日停水",
    "20260302",
    "2026-03-02 08:15",
    "早上8:30-11:30，下午14:00-17:00",
    "1,3,5,7,9,11,13,15栋停水",
    "公交147、226、262、26、38、138路",
    "物业费12345678元",
    "一共1280000元",
    "微信群满500人了",
    "微信同号",
    "5-2-801没水",
    "取件码8-2-3456",
    "气温38.5，湿度90%",
]


@pytest.mark.parametrize(("text", "masked"), PERSONAL)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_the_rest_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("3栋2单元501漏水", "3栋2单元[房号]漏水"),
        ("3-2-501漏水", "3栋2单元[房号]漏水"),
        ("三栋二单元501", "三栋二单元[房号]"),
        ("三栋五零一没人", "三栋[房号]没人"),
        ("501室", "[房号]"),
        ("1203的邻居", "[房号]的邻居"),
        ("3栋501、502都漏", "3栋[房号]、[房号]都漏"),
        ("5栋701和702吵架", "5栋[房号]和[房号]吵架"),
        ("28-2602没气", "28-[房号]没气"),
        ("13800138000 3-2-501", "[电话] 3栋2单元[房号]"),
    ],
)
def test_rooms_are_masked_on_request(text: str, masked: str) -> None:
    assert mask(text, rooms=True) == masked


@pytest.mark.parametrize(
    "text", ["3栋2单元的灯", "5栋12楼", "12号收费200元", "诉求12号", "312路公交"]
)
def test_buildings_stay(text: str) -> None:
    assert mask(text, rooms=True) == text


def test_names_of_residents() -> None:
    text = "张阿姨说@张阿姨 李四在家，王五13800138000"
    assert (
        mask(text, names=["张阿姨", "李四", "王五", "王"])
        == "某邻居说@张阿姨 某邻居在家，某邻居[电话]"
    )


def test_findings_say_kind_and_place() -> None:
    text = "川A12345，13800138000"
    assert [(f.kind, text[f.start : f.end]) for f in findings(text)] == [
        ("plate", "川A12345"),
        ("phone", "13800138000"),
    ]


@given(st.text(max_size=80), st.booleans(), st.lists(st.text(max_size=4), max_size=3))
def test_masking_twice_changes_nothing(text: str, rooms: bool, names: list[str]) -> None:
    once = mask(text, rooms=rooms, names=names)
    assert mask(once, rooms=rooms, names=names) == once


NOISY = "0123456789０１一三八零①-— .()·,/:+86xX川AB微信vq@.com栋单元室 \u200b"


@given(st.text(alphabet=NOISY, max_size=60))
def test_masking_twice_changes_nothing_in_numbers(text: str) -> None:
    once = mask(text, rooms=True)
    assert mask(once, rooms=True) == once
    for finding in findings(text):
        assert 0 <= finding.start < finding.end <= len(text)


STYLES = [
    str.maketrans("", ""),
    str.maketrans("0123456789", "０１２３４５６７８９"),
    str.maketrans("0123456789", "零一二三四五六七八九"),
    str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨"),
]


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(STYLES),
    st.sampled_from(["", " ", "-", "—", "."]),
    st.sampled_from(["", "电话", "我的号是：", "3栋 ", "联系"]),
    st.sampled_from(["", "，谢谢", " 李", "打给我"]),
)
def test_every_mobile_number_is_found(
    number: str, style: dict[int, int], sep: str, before: str, after: str
) -> None:
    written = sep.join((number[:3], number[3:7], number[7:])).translate(style)
    masked = mask(before + written + after)
    assert masked == before + "[电话]" + after


@given(
    st.from_regex(
        r"[1-9][0-9]{5}(19[3-9][0-9]|20[01][0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}[0-9X]",
        fullmatch=True,
    )
)
def test_every_identity_number_is_found(number: str) -> None:
    assert mask(f"证号{number}，麻烦办下") == "证号[证件号]，麻烦办下"
    spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
    assert not any(c.isdigit() for c in mask(spaced))


def test_a_long_text_takes_no_time() -> None:
    text = "138-" * 5_000 + "3栋" * 5_000 + "1 " * 5_000
    masked = mask(text, rooms=True)
    assert "3栋" in masked
