"""What people type, in the forms in which they type it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import Verb
from bot.commands.parser import numbers_in, parse_resident, parse_staff
from bot.commands.spans import take_days, take_leave, take_span

TODAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("line", "verb", "number", "rest"),
    [
        ("接单", Verb.ACCEPT, None, ""),
        ("接单 12", Verb.ACCEPT, 12, ""),
        ("12号接单", Verb.ACCEPT, 12, ""),
        ("接单１２", Verb.ACCEPT, 12, ""),
        ("＃12接单", Verb.ACCEPT, 12, ""),
        ("十二号接单", Verb.ACCEPT, 12, ""),
        ("好的，接单", Verb.ACCEPT, None, ""),
        ("收到，马上去", Verb.RECEIVED, None, "马上去"),
        ("办结 12 已换灯泡", Verb.HANDLE, 12, "已换灯泡"),
        ("12号办结了 换了灯泡", Verb.HANDLE, 12, "换了灯泡"),
        ("办结#2已更换门禁主板", Verb.HANDLE, 2, "已更换门禁主板"),
        ("办结 换了2个灯泡", Verb.HANDLE, None, "换了2个灯泡"),
        ("12号灯泡换好了，办结", Verb.HANDLE, 12, "灯泡换好了"),
        ("退回 12 不归我管", Verb.RETURN, 12, "不归我管"),
        ("退回 2栋不是我的", Verb.RETURN, None, "2栋不是我的"),
        ("把12号转派给李强", Verb.TRANSFER, 12, "李强"),
        ("转派给李强 12", Verb.TRANSFER, 12, "李强"),
        ("转派12李强", Verb.TRANSFER, 12, "李强"),
        ("延期3天 等配件", Verb.EXTEND, None, "3天 等配件"),
        ("延期12号3天等配件", Verb.EXTEND, 12, "3天等配件"),
        ("补充 12 是哪一盏？", Verb.ASK, 12, "是哪一盏？"),
        ("吹哨城管中队 12号", Verb.WHISTLE, 12, "城管中队"),
        ("12不是诉求 闲聊", Verb.REJECT, 12, "闲聊"),
        ("上报5栋楼道堆了纸箱", Verb.FILE, None, "5栋楼道堆了纸箱"),
        ("请假3月5日-3月8日", Verb.LEAVE, None, "3月5日-3月8日"),
        ("12 是", Verb.YES, 12, ""),
        ("否", Verb.NO, None, ""),
        ("平急开", Verb.EMERGENCY_ON, None, ""),
        ("平急 关", Verb.EMERGENCY_OFF, None, ""),
        ("提事12", Verb.PROPOSE, 12, ""),
    ],
)
def test_forms_of_staff(line: str, verb: Verb, number: int | None, rest: str) -> None:
    command = parse_staff(line)
    assert command is not None
    assert (command.verb, command.number, command.rest) == (verb, number, rest)


@pytest.mark.parametrize("line", ["并案 12 15", "并案12和15", "15并到12", "把15号并入12号"])
def test_merging_in_either_order(line: str) -> None:
    command = parse_staff(line)
    assert command is not None
    assert (command.verb, command.number, command.other) == (Verb.MERGE, 12, 15)


@pytest.mark.parametrize(
    "line",
    ["12号办结了吗", "接单了没？", "办结不了 12", "明天去办结", "下午开会", "恢复供水了", "早上好",
     "完成了社区摸排", "一定按时办结", "12号｜翠湖苑8栋｜路灯\n回：接单／办结", ""],
)  # fmt: skip
def test_ordinary_talk_commands_nothing(line: str) -> None:
    assert parse_staff(line) is None


@pytest.mark.parametrize(
    ("line", "verb", "number", "rest"),
    [
        ("满意，谢谢", Verb.SATISFIED, None, "谢谢"),
        ("12号不满意", Verb.DISSATISFIED, 12, ""),
        ("不满意１２还在漏", Verb.DISSATISFIED, 12, "还在漏"),
        ("基本满意", Verb.BASICALLY, None, ""),
        ("还行", Verb.BASICALLY, None, ""),
        ("进度12", Verb.PROGRESS, 12, ""),
        ("@小格 我的诉求", Verb.MINE, None, ""),
    ],
)
def test_forms_of_residents(line: str, verb: Verb, number: int | None, rest: str) -> None:
    command = parse_resident(line, "小格")
    assert command is not None
    assert (command.verb, command.number, command.rest) == (verb, number, rest)


@pytest.mark.parametrize("line", ["满意度调查", "一般都这样", "「小格：满意／不满意」"])
def test_what_only_looks_like_a_rating(line: str) -> None:
    assert parse_resident(line, "小格") is None


def test_spans_and_days() -> None:
    assert [str(take_span(t)[0]) for t in ("3天 等配件", "半天 等", "两个小时 等")] == [
        "3d", "12h", "2h",
    ]  # fmt: skip
    assert take_span("3天 等配件")[1] == "等配件"
    assert take_days("等资金 4月20日", TODAY) == ((date(2026, 4, 20),) * 2, "等资金")
    assert take_days("1月5日", date(2026, 12, 20))[0] == (date(2027, 1, 5),) * 2
    assert take_leave("3月5日-3月8日", TODAY) == (date(2026, 3, 5), date(2026, 3, 8))
    assert take_leave("3月5日到8日", TODAY) == (date(2026, 3, 5), date(2026, 3, 8))
    assert take_leave("5号到8号", TODAY) == (date(2026, 3, 5), date(2026, 3, 8))
    assert take_leave("1号", TODAY) == (date(2026, 4, 1),) * 2
    assert take_leave("有事", TODAY) is None


@given(st.text(max_size=60))
def test_nothing_that_is_typed_breaks_the_parser(text: str) -> None:
    parse_staff(text, "小格")
    parse_resident(text, "小格")
    take_span(text)
    take_leave(text, TODAY)
    assert all(number > 0 for number in numbers_in(text))
