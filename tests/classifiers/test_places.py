"""Places as residents write them: every notation, and what only looks like one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.places import (
    Place,
    find,
    is_correction,
    normalise_building,
    only_place,
    room_spans,
)

CORPUS = Path(__file__).parents[2] / "classifiers" / "corpus"

NOTATIONS = [
    ("三栋二单元501漏水", "3/2/501"),
    ("5-2-801家里没水", "5/2/801"),
    ("12#2-1801 没电了", "12/2/1801"),
    ("7幢门禁坏了", "7//"),
    ("B区6号楼停水", "6//"),
    ("二期12栋电梯坏了", "12//"),
    ("三栋二单圆的灯不亮", "3/2/"),
    ("3洞2单圆没气了", "3/2/"),
    ("8冻605天天拖凳子", "8//605"),
    ("12号楼下积水", "12//"),
    ("12号 楼停电", "12//"),
    ("5#楼道灯坏了", "5//"),
    ("12#1单元网断了", "12/1/"),
    ("3栋楼下有人堆垃圾", "3//"),
    ("3-2 停水了", "3/2/"),
    ("6-4楼道里一堆酸菜缸", "6/4/"),
    ("15-2", "15/2/"),
    ("28-2602 漏水", "28//2602"),
    ("3栋501", "3//501"),
    ("3单元楼道灯坏了", "/3/"),
    ("二单元那个门又坏了", "/2/"),
    ("15-2单元没水", "15/2/"),
    ("9栋到12栋都停电了", "9//"),
    ("1-6栋没水", "1//"),
    ("5、6栋没气", "5//"),
    ("1-2单元都停了", "/1/"),
    ("路灯坏了三天没人管……17-1-602", "17/1/602"),
    ("A6栋 门禁", "A6//"),
    ("a6-1-502 没信号", "A6/1/502"),
    ("6A栋 水压低", "6A//"),
    ("B座1203 漏水", "B//1203"),
    ("3座客梯停了", "3//"),
    ("7栋2梯嘅灯唔着", "7/2/"),
    ("3号楼2门501 返水", "3/2/501"),
    ("３棟２單元５０１沒水", "3/2/501"),
    ("③栋②单元没水", "3/2/"),
    ("三栋二单元五零一", "3/2/501"),
    ("十二栋幺八零二", "12//1802"),
    ("三号楼三单元十二楼的灯", "3/3/"),
    ("5栋1单元12楼1203", "5/1/1203"),
    ("12号602室漏水", "12//602"),
    ("501室没人", "//501"),
    ("1203的邻居半夜唱歌", "//1203"),
    ("3栋1000多户没水", "3//"),
    ("五六栋都停水", "5//"),
    ("我真想问：10栋电梯啥时候修", "10//"),
    ("不是3栋，是5栋", "5//"),
    ("2-1-801漏水把我家701吊顶泡了", "2/1/701"),
    ("3栋的水泵吵死了，我家5-2-301", "5/2/301"),
    ("电梯坏了，3栋的，二单元", "3/2/"),
    ("1栋出门右转那个坑 7栋3单元602", "7/3/602"),
]

NO_PLACE = [
    "中山路12号门口积水",
    "3月12号停水",
    "12号来收物业费",
    "3-4天没人来",
    "8-10点停水",
    "买了2-3个灯泡",
    "24-7营业",
    "10-20块就能修",
    "2026-03-02 停气",
    "比分3-2，赢了",
    "两栋楼都停水了",
    "一栋楼的人都在等",
    "整栋楼没水",
    "十二楼的灯坏了",
    "5#车位被占了",
    "B1-227车位上停了别人的车",
    "3号门的保安睡着了",
    "打138-0013-8000",
    "花了501块",
    "4号线什么时候通",
    "坐12路去医院",
    "2期什么时候交房",
]


def spell(place: Place) -> str:
    return "/".join(part or "" for part in (place.building, place.unit, place.room))


@pytest.mark.parametrize(("text", "expected"), NOTATIONS)
def test_notations(text: str, expected: str) -> None:
    assert spell(find(text)) == expected


@pytest.mark.parametrize("text", NO_PLACE)
def test_not_a_place(text: str) -> None:
    assert spell(find(text)) == "//"


@pytest.mark.parametrize(
    ("text", "landmark"),
    [
        ("快递柜旁的灯坏了", "快递柜旁"),
        ("东门口积水了", "东门口"),
        ("幼儿园门口没有斑马线", "幼儿园门口"),
        ("地下车库入口的坡太滑", "地下车库入口"),
        ("3栋和4栋之间的路灯不亮", "3栋和4栋之间"),
        ("永辉超市对面有人摆摊", "永辉超市对面"),
        ("住在解放路12号", "解放路12号"),
        ("人民南路和新华街交叉口红绿灯坏了", "人民南路和新华街交叉口"),
    ],
)
def test_landmarks(text: str, landmark: str) -> None:
    assert find(text).landmark == landmark


def test_a_thing_is_no_landmark_without_a_position() -> None:
    assert find("垃圾桶满了没人收").landmark is None
    assert find("铁桶放路口行不行").landmark is None


def test_configured_names() -> None:
    place = find("翠湖大道那边的翠湖苑3栋没水", estates=["翠湖苑"], landmarks=["翠湖大道"])
    assert (place.estate, place.building, place.landmark) == ("翠湖苑", "3", "翠湖大道那边")
    assert find("翠湖苑没水了", estates=["翠湖苑"]).estate == "翠湖苑"
    assert find("没水了", estates=["翠湖苑"]).estate is None


def test_an_estate_before_a_building() -> None:
    assert find("住在锦绣家园5号楼").estate == "锦绣家园"
    assert find("我们小区3栋没水").estate is None


def test_named() -> None:
    assert not Place(estate="翠湖苑").named
    assert Place(landmark="东门").named
    assert find("3单元灯坏了").named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7栋", "7//"),
        ("3栋2单元", "3/2/"),
        ("是7栋的", "7//"),
        ("打错了 是5栋", "5//"),
        ("不是3栋是5栋", "5//"),
        ("是3栋不是5栋", "3//"),
        ("在9栋楼下", "9//"),
        ("七号楼吧", "7//"),
        ("@小格 12栋", "12//"),
        ("12号楼 谢谢", "12//"),
        ("[捂脸]说错了，8栋", "8//"),
        ("我是7栋2单元的", "7/2/"),
        ("3栋\n2单元", "3/2/"),
        ("5-2-801", "5/2/801"),
    ],
)
def test_nothing_but_a_place(text: str, expected: str) -> None:
    place = only_place(text)
    assert place is not None
    assert spell(place) == expected


@pytest.mark.parametrize(
    "text", ["7栋电梯坏了", "7栋没水", "我家也是", "好的", "7栋也是", "", "7", "👍"]
)
def test_more_than_a_place(text: str) -> None:
    assert only_place(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", "7//"),
        ("七", "7//"),
        ("12号", "12//"),
        ("A6", "A6//"),
        ("嗯 12", "12//"),
        ("501", "//501"),
    ],
)
def test_a_bare_number_counts_when_asked(text: str, expected: str) -> None:
    place = only_place(text, asked=True)
    assert place is not None
    assert spell(place) == expected
    assert only_place(text) is None


def test_a_landmark_answers_too() -> None:
    place = only_place("就是快递柜旁边那个")
    assert place is not None
    assert place.landmark == "快递柜旁边"


@pytest.mark.parametrize(
    "text", ["打错了 是5栋", "不是3栋是5栋", "说错了，8栋", "更正：12栋", "不对，是2单元"]
)
def test_corrections(text: str) -> None:
    assert is_correction(text)


@pytest.mark.parametrize("text", ["是5栋的", "5栋电梯坏了", "这不是我家的狗"])
def test_no_corrections(text: str) -> None:
    assert not is_correction(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十二栋", "12"),
        ("12#", "12"),
        ("１２号楼", "12"),
        ("a6", "A6"),
        ("6a栋", "6A"),
        ("A座", "A"),
        ("二十一号楼", "21"),
        ("007", "7"),
        ("第3栋", "3"),
        ("1-6栋", "1"),
        ("", ""),
    ],
)
def test_normalise_building(text: str, number: str) -> None:
    assert normalise_building(text) == number


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    place = find(text, estates=["翠湖苑"], landmarks=["翠湖大道"])
    for part in (place.building, place.unit, place.room, place.landmark):
        assert part is None or part
    only_place(text, asked=True)
    is_correction(text)
    for start, end in room_spans(text):
        assert 0 <= start < end <= len(text)


@given(st.text(alphabet="0123456789一二三十栋幢号楼单元室#-—ABab座区 ,，、的", max_size=30))
def test_texts_full_of_numbers_are_survived(text: str) -> None:
    find(text)
    only_place(text, asked=True)
    once = normalise_building(text)
    assert normalise_building(once) == once


CHINESE = "零一二三四五六七八九"


def chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else CHINESE[tens]) + "十" if tens else ""
    return head + (CHINESE[ones] if ones or not tens else "")


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    """A whole address in one of many notations, with what it means."""
    building = draw(st.integers(1, 48))
    unit = draw(st.integers(1, 8))
    room = draw(st.integers(1, 33)) * 100 + draw(st.integers(1, 8))
    word = draw(st.sampled_from(["栋", "幢", "号楼", "#", "号 楼"]))
    unit_word = draw(st.sampled_from(["单元", "单圆", " 单元"]))
    spaced = draw(st.sampled_from(["", " ", "，"]))
    digits = "".join(CHINESE[int(d)] for d in str(room))
    text = draw(
        st.sampled_from(
            [
                f"{building}{word}{spaced}{unit}{unit_word}{spaced}{room}",
                f"{building}-{unit}-{room}",
                f"{building}{word}{unit}-{room}",
                f"{building} - {unit} - {room}",
                f"{chinese(building)}栋{chinese(unit)}单元{room}",
                f"{chinese(building)}号楼{chinese(unit)}单元{digits}",
                f"{building}—{unit}—{room}",
            ]
        )
    )
    if draw(st.booleans()):
        text = text.translate(str.maketrans("0123456789-#", "０１２３４５６７８９－＃"))
    return text, f"{building}/{unit}/{room}"


@given(
    addresses(),
    st.sampled_from(["", "我家", "请问", "麻烦看下", "急！"]),
    st.sampled_from(["", "没水了", " 漏水", "，谁来修一下", "的灯不亮"]),
)
def test_addresses_come_back(address: tuple[str, str], before: str, after: str) -> None:
    text, expected = address
    assert spell(find(before + text + after)) == expected


def corpus_issues() -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for path in sorted(CORPUS.glob("composed-*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("issue "):
                labels, _, text = line.partition(" | ")
                place = labels.split()[4]
                lines.append(("//" if place == "-" else place, text.replace("\\n", "\n")))
    return lines


def test_places_of_the_corpus() -> None:
    issues = corpus_issues()
    if not issues:
        pytest.skip("no corpus here")
    right = sum(spell(find(text)) == place for place, text in issues)
    named = [(place, text) for place, text in issues if place != "//"]
    right_named = sum(spell(find(text)) == place for place, text in named)
    assert right / len(issues) >= 0.98
    assert right_named / len(named) >= 0.97
