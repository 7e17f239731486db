"""The way in: a link works once, within ten minutes; what one may not see does not exist."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.board.links import digest
from bot.channels.base import Inbound
from bot.intake import Intake
from bot.rules import broken_rules
from classifiers.understanding import Understander
from storage.tables import Access, Outgoing, Sitting, WayIn
from tests.board.conftest import Opens
from tests.board.town import Town
from tests.days import Day, settings_from


async def test_a_link_works_once_and_only_by_its_button(town: Town) -> None:
    link = (await town.link("chen")).removeprefix("http://127.0.0.1:8090")
    browser = town.browser()
    for _ in range(3):  # a messenger that previews it uses nothing up
        assert "进去看看" in (await browser.get(link)).text
    token = link.rpartition("/")[2]
    assert (await browser.post("/in", data={"token": token})).status_code == 303
    assert "陈书记" in (await browser.get("/")).text
    other = town.browser()
    again = await other.post("/in", data={"token": token})
    assert again.status_code == 410
    assert "再私聊小格发一次" in again.text
    assert (await other.get(link)).status_code == 410


async def test_a_link_is_worth_nothing_after_ten_minutes(town: Town) -> None:
    link = await town.link("chen")
    town.clock.move_to(town.clock.now() + timedelta(minutes=10, seconds=1))
    answer = await town.browser().post("/in", data={"token": link.rpartition("/")[2]})
    assert answer.status_code == 410


async def test_a_session_ends_after_twelve_hours_and_says_what_to_do(town: Town) -> None:
    visit = await town.come_in("chen")
    town.clock.move_to(town.clock.now() + timedelta(hours=11, minutes=59))
    assert (await visit.get("/")).status_code == 200
    town.clock.move_to(town.clock.now() + timedelta(minutes=2))
    ended = await visit.get("/issues")
    assert ended.status_code == 401
    assert "时间到了" in ended.text
    assert "看板" in ended.text


async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_lines(opens: Opens) -> None:
    async with opens('[board]\npublic_url = "https://board.example.cn"\n') as town:
        link = await town.link("chen")
        assert link.startswith("https://board.example.cn/in/")
        answer = await town.browser().post("/in", data={"token": link.rpartition("/")[2]})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-geying=")
        for wanted in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=43200"):
            assert wanted in cookie


async def test_no_token_stands_in_the_database(town: Town) -> None:
    visit = await town.come_in("chen")
    cookie = visit.browser.cookies["geying"]
    async with town.database.reading() as session:
        sitting = (await session.exec(select(Sitting))).one()
        way = (await session.exec(select(WayIn))).one()
    assert sitting.token == digest(cookie) != cookie
    assert way.used_at is not None


async def test_leaving_ends_the_session_everywhere(town: Town) -> None:
    visit = await town.come_in("li")
    cookie = visit.browser.cookies["geying"]
    assert "已经退出" in (await visit.act("/", "/out")).text
    thief = town.browser()
    thief.cookies.set("geying", cookie)
    assert (await thief.get("/")).status_code == 401


async def test_who_has_left_the_roster_is_out_at_once(town: Town) -> None:
    visit = await town.come_in("li")
    del town.board.house.roster.workers["li"]
    assert (await visit.get("/")).status_code == 401


async def test_each_role_sees_its_own_and_the_rest_does_not_exist(town: Town) -> None:
    lamp = (await town.find("路灯坏了")).number
    foreign = (await town.find("井盖")).number
    li, wang, chen = [await town.come_in(who) for who in ("li", "wang", "chen")]
    street, zhou = await town.come_in("jie"), await town.come_in("zhou")
    for visit in (li, chen, street):
        assert (await visit.get(f"/issues/{lamp}")).status_code == 200
    for visit in (wang, zhou):
        assert (await visit.get(f"/issues/{lamp}")).status_code == 404
        assert f'/issues/{lamp}"' not in await visit.text("/issues")
        assert (await visit.get("/photos/2")).status_code == 404
    for visit, status in ((street, 200), (zhou, 200), (chen, 404), (li, 404)):
        assert (await visit.get(f"/issues/{foreign}")).status_code == status
    assert (await li.get("/running")).status_code == 404
    assert (await chen.get("/issues/99999")).status_code == 404
    assert (await chen.get("/issues/abc")).status_code == 404
    assert (await chen.get(f"/issues/{10**30}")).status_code == 404
    assert (await town.browser().get(f"/issues/{lamp}")).status_code == 401


async def test_a_residents_identity_is_masked_until_it_is_asked_for_and_that_is_recorded(
    town: Town,
) -> None:
    lamp = (await town.find("路灯坏了")).number
    visit = await town.come_in("chen")
    page = await visit.text(f"/issues/{lamp}")
    assert "刘叔" not in page
    assert "13812345678" not in page
    open_ = await visit.act(f"/issues/{lamp}", f"/issues/{lamp}/people")
    assert "刘叔" in open_.text
    assert "13812345678" in open_.text
    async with town.database.reading() as session:
        rows = (await session.exec(select(Access))).all()
    assert {(row.worker_id, row.issue, row.where) for row in rows} == {("chen", lamp, "board")}
    assert len({row.resident_id for row in rows}) == 2
    street = await town.come_in("jie")
    page = await street.text(f"/issues/{lamp}")
    assert "看是谁反映的" not in page
    key = (await street.fields("/", "/out"))["form_key"]
    answer = await street.browser.post(f"/issues/{lamp}/people", data={"form_key": key})
    assert answer.status_code == 404


async def test_a_form_of_another_site_or_session_does_nothing(town: Town) -> None:
    lamp = (await town.find("路灯坏了")).number
    visit, other = await town.come_in("chen"), await town.come_in("chen")
    stolen = await other.fields(f"/issues/{lamp}", f"/issues/{lamp}/supervise")
    own = await visit.fields(f"/issues/{lamp}", f"/issues/{lamp}/supervise")
    path = f"/issues/{lamp}/supervise"
    before = len(await town.said())
    assert (await visit.browser.post(path, data=stolen)).status_code == 403
    assert (await visit.browser.post(path, data={})).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await visit.browser.post(path, data=own, headers=headers)).status_code == 403
    assert (await visit.browser.get(path)).status_code in (404, 405)
    assert len(await town.said()) == before


async def test_every_page_bears_the_headers_that_keep_it_harmless(town: Town) -> None:
    visit = await town.come_in("chen")
    for path in ("/", "/issues", "/nothing", "/healthz"):
        headers = (await visit.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_replay_has_no_board_and_says_so(
    tmp_path: Path, mind: tuple[Understander, float]
) -> None:
    day = Day(f"sqlite:///{tmp_path / 'geying.db'}", tmp_path, mind)
    day.direct("09:00", "chen", "看板")
    assert [m["text"] for m in day.play().said("reply")] == ["看板还没有开。"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('listen = "0.0.0.0:8090"', "board.listen: other machines"),
        ('listen = "nowhere"', "board.listen: “nowhere” is not an address"),
        ('public_url = "http://board.example.cn"', "board.public_url: write an https://"),
        ('metrics_token = "secret"', "board.metrics_token: secrets"),
    ],
)
def test_an_unsafe_address_is_refused(line: str, says: str) -> None:
    settings = settings_from("")
    name, _, value = line.partition(" = ")
    board = settings.board.model_copy(update={name: value.strip('"')})
    problems = broken_rules(settings.model_copy(update={"board": board}))
    assert any(problem.startswith(says) for problem in problems), problems


async def test_the_word_in_chat_brings_a_link_to_that_person_alone(
    town: Town, mind: tuple[Understander, float]
) -> None:
    intake = Intake(town.database, town.board.house, mind[0], threshold=mind[1])
    now = town.clock.now()
    for number, room in enumerate((None, "庙儿山社区工作群")):
        await intake.take(
            Inbound(
                platform_id=f"m{number}", account="bot", room_id=room, room_topic=room,
                sender_id="wxid_chen", sender_name="陈书记", at=now, text="看板", mentions_bot=True,
            )
        )  # fmt: skip
    replies: list[Outgoing] = [row for row in await town.said() if row.kind == "reply"][-2:]
    link = replies[0].text.splitlines()[0]
    assert link.startswith("http://127.0.0.1:8090/in/")
    assert replies[0].contact == "wxid_chen"
    assert "/in/" not in replies[1].text
    assert "私聊" in replies[1].text
    answer = await town.browser().post("/in", data={"token": link.rpartition("/")[2]})
    assert answer.status_code == 303
