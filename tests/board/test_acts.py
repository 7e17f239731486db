"""Acts on a page are the acts of chat: same table and messages, once, never on a stale page."""

import asyncio

import pytest

from bot.board.acts import BY_ID, command_of
from bot.casework.desk import Refused
from tests.board.town import Town

LAMP = "路灯坏了"


@pytest.mark.parametrize(
    ("piece", "who", "act", "values", "wanted"),
    [
        ("门禁", "li", "accept", {}, {"status": "in_progress", "worker_id": "li"}),
        (LAMP, "li", "handle", {"words": "换了灯"}, {"status": "handled", "result": "换了灯"}),
        (LAMP, "chen", "transfer", {"worker": "wang"}, {"worker_id": "wang"}),
        (LAMP, "chen", "category", {"category": "property"}, {"category": "property"}),
        ("纸箱", "chen", "supervise", {}, {"escalation": 2}),
        (LAMP, "li", "return", {"words": "不归我管"}, {"worker_id": "wang"}),
        (LAMP, "li", "suspend", {"words": "等", "day": "2026-04-01"}, {"status": "suspended"}),
        (LAMP, "li", "extend", {"words": "等灯泡", "days": "2"}, {"extensions": 1}),
        (LAMP, "li", "ask", {"words": "哪盏灯"}, {"status": "waiting"}),
        (LAMP, "chen", "reject", {"words": "已有别人在修"}, {"status": "rejected"}),
        (LAMP, "chen", "cancel", {"words": "重复"}, {"status": "closed"}),
    ],
)  # fmt: skip
async def test_an_act_does_what_the_word_in_chat_does(
    town: Town, piece: str, who: str, act: str, values: dict[str, str], wanted: dict[str, object]
) -> None:
    number = (await town.find(piece)).number
    visit = await town.come_in(who)
    answer = await visit.act(f"/issues/{number}", f"/issues/{number}/{act}", **values)
    assert answer.status_code == 303
    issue = await town.issue(number)
    assert {key: getattr(issue, key) for key in wanted} == wanted
    page = (await visit.get(answer.headers["location"])).text
    assert 'role="status"' in page


async def test_merging_and_splitting(town: Town) -> None:
    lamp, gate = await town.find(LAMP), await town.find("门禁")
    visit = await town.come_in("chen")
    page = f"/issues/{gate.number}"
    await visit.act(page, f"{page}/merge", other=f"{lamp.number}号")
    assert (await town.issue(gate.number)).merged_into == lamp.number
    assert f'href="/issues/{lamp.number}"' in await visit.text(page)
    await visit.act(page, f"{page}/split")
    assert (await town.issue(gate.number)).merged_into is None


async def test_a_whistle_and_the_helpers_own_row(town: Town) -> None:
    lamp = (await town.find(LAMP)).number
    visit = await town.come_in("li")
    page = f"/issues/{lamp}"
    await visit.act(page, f"{page}/whistle", worker="cheng")
    helper = await town.come_in("cheng")
    assert "请你协办" in await helper.text("/")
    await helper.act(page, f"{page}/accept")
    await helper.act(page, f"{page}/handle", words="看过了")
    assert (await town.issue(lamp)).status == "in_progress"
    assert "已办结" in await visit.text(page)
    assert f"{page}/accept" not in await helper.text(page)


async def test_a_double_click_is_one_act(town: Town) -> None:
    lamp = (await town.find(LAMP)).number
    visit = await town.come_in("chen")
    page = f"/issues/{lamp}"
    fields = await visit.fields(page, f"{page}/supervise")
    before = len(await town.said())
    answers = await asyncio.gather(
        *(visit.browser.post(f"{page}/supervise", data=fields) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {303}
    assert len(await town.said()) == before + 1
    assert 'role="status"' in await visit.text(page)


async def test_two_people_at_once_and_the_second_sees_what_the_first_did(town: Town) -> None:
    gate = (await town.find("门禁")).number
    page = f"/issues/{gate}"
    chen, li = await town.come_in("chen"), await town.come_in("li")
    theirs = await li.fields(page, f"{page}/handle")
    await chen.act(page, f"{page}/transfer", worker="wang", words="李强请假")
    answer = await li.browser.post(f"{page}/handle", data={**theirs, "words": "修好了"})
    assert (await town.issue(gate)).worker_id == "wang"
    assert (await town.issue(gate)).status == "dispatched"
    assert answer.status_code in (303, 404)
    first, second = (
        await chen.fields(page, f"{page}/transfer"),
        await chen.fields(page, f"{page}/return"),
    )
    await chen.browser.post(f"{page}/transfer", data={**first, "worker": "li"})
    await chen.browser.post(f"{page}/return", data={**second, "words": "不归社区"})
    assert (await town.issue(gate)).worker_id == "li"
    assert "刚才有变化（" in await chen.text(page)


async def test_what_the_table_forbids_is_not_offered_and_not_done(town: Town) -> None:
    closed = (await town.find("垃圾桶")).number
    lamp = (await town.find(LAMP)).number
    li, chen = await town.come_in("li"), await town.come_in("chen")
    assert "督办</button>" not in await li.text(f"/issues/{lamp}")
    assert f"/issues/{closed}/handle" not in await chen.text(f"/issues/{closed}")
    fields = await li.fields(f"/issues/{lamp}", f"/issues/{lamp}/handle")
    for act in ("supervise", "category", "cancel", "merge", "propose"):
        await li.browser.post(
            f"/issues/{lamp}/{act}",
            data={**fields, "category": "noise", "words": "x", "other": "2"},
        )
    issue = await town.issue(lamp)
    assert (issue.status, issue.category, issue.escalation) == ("in_progress", "facility", 2)
    street = await town.come_in("jie")
    assert '<h2 id="acts">' not in await street.text(f"/issues/{lamp}")


async def test_the_same_is_said_as_after_the_word_in_chat(town: Town) -> None:
    lamp = (await town.find(LAMP)).number
    visit = await town.come_in("li")
    last = max(row.id or 0 for row in await town.said())
    await visit.act(f"/issues/{lamp}", f"/issues/{lamp}/handle", words="换了灯泡")
    said = [(row.kind, row.text) for row in await town.said(last)]
    assert [kind for kind, _ in said] == ["result"]
    assert "换了灯泡" in said[0][1]


def test_a_form_that_says_nothing_is_one_helpful_line() -> None:
    for act, form in (("category", {}), ("merge", {"other": "那个"}), ("suspend", {"day": "2026"})):
        with pytest.raises(Refused):
            command_of(BY_ID[act], 12, form)
