"""Who may type what where: work rooms, residents' rooms, direct messages, quotes, numbers."""

from tests.days import ROOM, WORK_ROOM, Day

LAMP = "8栋楼下的路灯坏了，麻烦修一下"
GATE = "9栋单元门禁坏了，刷卡打不开"


def test_the_work_room_is_answered_only_when_it_speaks_to_the_bot(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "tang", GATE)
    for minute, line in enumerate((
        "大家早上好", "接单", "办结", "收到", "收到 1", "1号办结了吗", "12栋那边谁去看看",
        "下午3点开会，收到请回复", "待办", "转派给王芳", "今天1号，月报记得交",
    )):  # fmt: skip
        day.work(f"09:{20 + minute}", "li", line)
    day.work("09:40", "zhang", "接单 1")
    day.work("09:41", "li", "收到", quote="明天1号上午开会")
    silent = day.play(until="10:00")
    assert not silent.said("reply")
    assert [i["status"] for i in silent.issues] == ["dispatched", "dispatched"]
    day.work("10:10", "li", "@小格 看看天气", mentions_bot=True)
    day.work("10:20", "li", "收到", quote="1号｜翠湖苑8栋｜路灯")
    day.work("10:30", "li", "接单")
    day.work("10:40", "li", "#２ 办结了 换了主板")
    day.work("10:50", "li", "办结")
    seen = day.play(until="11:00")
    assert [i["status"] for i in seen.issues] == ["handled", "handled"]
    replies = [(m["at"][11:16], m["issue"]) for m in seen.said("reply", room=WORK_ROOM)]
    assert replies == [("10:10", None), ("10:20", 1), ("10:30", 2), ("10:40", 2), ("10:50", 1)]


def test_a_quote_of_the_dispatch_names_the_issue(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "tang", GATE)
    texts = {m["issue"]: m["text"] for m in day.play(until="09:15").said("dispatch")}
    day.direct("09:20", "li", "收到", quote=texts[2])
    day.work("09:30", "li", "办结 换好了", quote=texts[2][:30])
    seen = day.play(until="09:40")
    assert [i["status"] for i in seen.issues] == ["dispatched", "handled"]


def test_staff_commands_do_nothing_in_residents_rooms(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "li", "接单 1")
    day.says("09:11", "li", "@小格 接单 1", mentions_bot=True)
    day.says("09:12", "chen", "销号 1 没必要")
    seen = day.play(until="09:30")
    assert seen.issue(1)["status"] == "dispatched"
    assert len(seen.issues) == 1


IMPOSSIBLE = (
    "接单 99", "办结 3", "接单", "退回 1", "转派 1", "转派 1 不存在", "延期 1", "挂账 1", "恢复 1",
    "补充 1", "吹哨 1", "拆案 1", "并案 1 2", "改类 1 环境", "销号 1 x", "提事 1", "平急 开",
    "确认", "是", "环境", "请假 昨天", "胡说八道", "进度 99", "12号办结了吗", "",
)  # fmt: skip


def test_what_cannot_be_done_gets_one_line_and_changes_nothing(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    day.says("09:10", "tang", "9栋楼下的垃圾堆了好几天没人清运，麻烦安排人清一下")
    day.says("09:15", "he", "2栋楼下的路灯坏了，麻烦修一下")
    before = day.play(until="09:18").issues
    for minute, line in enumerate(IMPOSSIBLE):
        day.direct(f"09:{20 + minute}", "li", line)
    seen = day.play(until="09:50")
    assert seen.issues == before
    assert [(m["kind"], m["contact"]) for m in seen.outgoing] == [("reply", "wxid_li")] * len(
        IMPOSSIBLE
    )
    assert [m["at"][11:16] for m in seen.outgoing] == [
        f"09:{20 + minute}" for minute in range(len(IMPOSSIBLE))
    ]
    assert all(m["text"] for m in seen.outgoing)


def test_every_direct_message_of_staff_is_answered_once(day: Day) -> None:
    day.says("09:00", "liu", LAMP)
    lines = [
        "你好",
        "接单",
        "接单",
        "收到",
        "办结 换了灯",
        "谢谢",
        "帮助",
        "进度 1",
        "待办",
        "[强]",
    ]
    for minute, line in enumerate(lines):
        day.direct(f"09:{10 + minute}", "li", line)
    day.photo("09:30", "li", room=None)
    seen = day.play(until="09:40")
    assert len(seen.said("reply", contact="wxid_li")) == len(lines) + 1
    assert len([m for m in seen.outgoing if m["contact"] == "wxid_li"]) == len(lines) + 2


def test_sensitive_matters_are_no_more_than_a_number_in_rooms(day: Day) -> None:
    day.says("09:00", "liu", "8栋2单元301两口子天天打架，孩子吓得直哭，请社区来调解一下纠纷")
    day.work("09:10", "li", "接单 1")
    day.work("09:15", "li", "@小格 待办", mentions_bot=True)
    day.direct("09:20", "li", "补充 1 孩子现在安全吗")
    day.direct("09:25", "liu", "孩子在我家")
    day.work("09:30", "li", "办结 1 8栋301已劝和")
    seen = day.play(until="20:30")
    issue = seen.issue(1)
    assert issue["category"] in ("dispute", "welfare", "security")
    assert issue["status"] == "handled"
    said = [m for m in seen.outgoing if m["room"] in (ROOM, WORK_ROOM)]
    assert {"ack", "ask", "reply", "result"} <= {m["kind"] for m in said}
    for message in said:
        for word in ("8栋", "301", "打架", "孩子", "两口子", "劝和"):
            assert word not in message["text"], message


def test_rooms_hear_no_personal_data_of_anybody(day: Day) -> None:
    day.says("09:00", "liu", "我是8栋2单元301的刘建国，13812345678，楼下的路灯坏了，麻烦修一下")
    day.direct("09:10", "li", "接单")
    day.direct("10:00", "li", "办结 刘叔家301室门口，已联系13812345678，车牌川K12345")
    seen = day.play(until="20:30")
    assert "13812345678" in seen.said("dispatch")[0]["text"]
    assert seen.said("result", room=ROOM)
    for message in seen.outgoing:
        if message["room"]:
            text = message["text"].replace("@刘叔", "")
            for word in ("13812345678", "301", "刘叔", "川K12345"):
                assert word not in text, message
