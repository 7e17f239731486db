"""What is answered rather than dispatched: the list of services, and what is somebody else's."""

from pathlib import Path

import pytest

from tests.days import ROOM, Day

SERVICES = """
[[services]]
name = "居住证"
how = "本人到窗口填表，当场受理"
papers = "身份证、租房合同、一寸照片"
where = "社区便民服务中心2号窗口"
hours = "工作日9:00-17:00"
words = ["暂住证"]

[[services]]
name = "高龄津贴"
how = "满80岁可领，本人或家人来登记"
papers = "身份证、银行卡"
where = "社区便民服务中心1号窗口"

[[services]]
name = "城乡居民医保"
how = "每年9月到12月交费，手机或窗口都行"
"""
ELSEWHERE = """
[[elsewhere]]
words = ["5G基站", "信号塔"]
responsible = "通信公司"
reach = "打10086"

[[elsewhere]]
category = "traffic"
words = ["公交"]
responsible = "公交公司"
reach = "电话0832-2345678"
"""


@pytest.fixture
def asking(day: Day) -> Day:
    (day.folder / "services.toml").write_text(SERVICES, encoding="utf-8")
    day.extra = '[bot]\nservices = "services.toml"\n' + ELSEWHERE
    return day


def test_a_clear_question_is_answered_at_once(asking: Day) -> None:
    asking.says("10:00", "liu", "请问办居住证要带什么材料？")
    asking.direct("10:10", "tang", "请问翠湖苑的老人高龄津贴怎么申请？")
    seen = asking.play(until="11:00")
    first, second = seen.issues
    assert (first["status"], first["category"]) == ("handled", "gov_service")
    answer = seen.said("ack", room=ROOM)[0]["text"]
    assert all(word in answer for word in ("居住证", "租房合同", "2号窗口", "1号"))
    assert "银行卡" in seen.said("ack", contact="wxid_tang")[0]["text"]
    assert second["status"] == "handled"
    assert not seen.said("dispatch")
    assert not seen.said("followup")
    assert asking.play(until="+7 10:30").issue(1)["status"] == "closed"


def test_who_is_not_helped_by_the_answer_gets_a_person(asking: Day) -> None:
    asking.says("10:00", "liu", "请问办居住证要带什么材料？")
    asking.direct("10:10", "liu", "不满意 没有租房合同怎么办")
    seen = asking.play(until="10:20")
    issue = seen.issue(1)
    assert (issue["status"], issue["rework"], issue["worker"]) == ("in_progress", 1, "wang")
    assert issue["dispatched_at"] is not None
    assert [m["contact"] for m in seen.said("dispatch")] == ["wxid_wang"]


def test_an_unclear_question_is_dispatched(asking: Day) -> None:
    asking.says("10:00", "liu", "请问孩子上小学报名需要哪些材料？")
    seen = asking.play(until="10:30")
    assert seen.issue(1)["status"] == "dispatched"
    assert seen.issue(1)["worker"] == "wang"
    assert not seen.said("ask")


def test_what_is_somebody_elses_is_answered_and_counted(asking: Day) -> None:
    asking.says("10:00", "liu", "公交车总是不来，等了一个小时，希望增加班次")
    seen = asking.play(until="18:10")
    (issue,) = seen.counted()
    assert issue["status"] == "handled"
    answer = seen.said("ack", room=ROOM)[0]["text"]
    assert "公交公司" in answer
    assert "2345678" not in answer  # no telephone number in a room
    assert not seen.said("dispatch")
    asking.direct("18:20", "liu", "进度 1")
    seen = asking.play(until="18:30")
    assert "0832-2345678" in seen.said("reply", contact="wxid_liu")[0]["text"]


def test_a_broken_list_is_refused_with_its_key(tmp_path: Path) -> None:
    from bot.casework.services import load
    from bot.settings import SettingsProblem
    from tests.days import settings_from

    settings = settings_from('[bot]\nservices = "services.toml"\n')
    settings = settings.model_copy(update={"source": tmp_path / "config.toml"})
    for text in ("", "[[services]]\nname = 1\n", "nonsense"):
        (tmp_path / "services.toml").write_text(text, encoding="utf-8")
        with pytest.raises(SettingsProblem, match=r"bot\.services"):
            load(settings, lambda texts: [b"" for _ in texts])
