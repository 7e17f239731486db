"""What the pages show: filters, pages by keyset, figures, the queue of doubts, the running."""

import io
import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlmodel import select

from bot.board.forms import Filter
from storage.search import Order, Scope, Wanted, ledger_page
from storage.tables import Absence, Correction, Issue, Outgoing, Report
from tests.board.town import Town

PAGES = ("/", "/issues", "/issues/1", "/review", "/grids", "/figures", "/running")


async def test_every_page_is_small_and_needs_no_script(town: Town) -> None:
    visit = await town.come_in("chen")
    for path in PAGES:
        html = await visit.text(path)
        style = html.partition('href="')[2].partition('"')[0]
        size = len(html.encode()) + len((await visit.get(style)).content)
        assert size < 60_000, (path, size)
        assert "<script" not in html
        assert "http://" not in html.replace("http://127.0.0.1:8090", "")


async def test_today_shows_first_what_needs_me(town: Town) -> None:
    visit = await town.come_in("chen")
    page = await visit.text("/")
    places = [page.index(word) for word in ("等你点头", ">超期 <", "待核实 <", 'class="digest"')]
    assert places == sorted(places)
    assert "王芳想延期" in page
    worker = await (await town.come_in("li")).text("/")
    assert "在你手上" in worker or "超期" in worker
    assert 'class="digest"' not in worker


async def test_a_wish_for_a_critical_issue_is_granted_with_one_tap(town: Town) -> None:
    lift = (await town.find("电梯困人")).number
    due = (await town.issue(lift)).due_at
    visit = await town.come_in("chen")
    answer = await visit.act("/", f"/issues/{lift}/approve")
    assert answer.headers["location"] == "/"
    assert (await town.issue(lift)).due_at > due
    page = await visit.text("/")
    assert "等你点头" not in page
    assert 'role="status"' in page
    assert 'role="status"' not in await visit.text("/")


async def test_the_ledger_filters_and_sorts(town: Town) -> None:
    visit = await town.come_in("chen")

    async def numbers(query: str) -> list[int]:
        html = await visit.text(f"/issues?{query}")
        return [int(n) for n in re.findall(r'<a class="what" href="/issues/(\d+)"', html)]

    everything = await numbers("")
    assert everything == sorted(everything, reverse=True)
    assert await numbers("order=old") == sorted(everything)
    late = await numbers("late=1&order=due")
    assert len(late) == 3
    lamp = (await town.find("路灯坏了")).number
    assert lamp in await numbers("category=facility&worker=li")
    assert await numbers("q=8栋") == [lamp]
    assert await numbers(f"q={lamp}号") == [lamp]
    assert await numbers("q=%25") == []
    assert await numbers("state=closed&since=2026-03-03&until=2026-03-03")
    assert await numbers("since=2026-03-04&until=2026-03-05") == []
    assert await numbers("grid=MES-02")
    assert await numbers("state=nonsense&category=x&order=y&since=z&after=a:b") == everything
    assert "没有这样的事" in await visit.text("/issues?q=没有人说过的话")


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(town: Town) -> None:
    async with town.database.transaction() as session:
        first = (await session.exec(select(Issue).where(Issue.number == 1))).one()
        values = first.model_dump(exclude={"number", "due_at", "embedding"})
        for number in range(101, 176):
            due = first.due_at + timedelta(hours=number // 3)  # several share a deadline
            session.add(Issue(**values, number=number, due_at=due))
    visit = await town.come_in("chen")
    for order in ("new", "old", "due"):
        seen: list[int] = []
        path: str | None = f"/issues?order={order}"
        while path:
            html = await visit.text(path)
            seen += [int(n) for n in re.findall(r'<a class="what" href="/issues/(\d+)"', html)]
            following = re.search(r'<a href="([^"]+)" rel="next"', html)
            path = unescape(following[1]) if following else None
        assert len(seen) == len(set(seen)) == 75 + 9, order


async def test_the_ledger_is_found_by_index_however_long_it_is(town: Town) -> None:
    scope, said = Scope(("miaoershan",), "chen"), []

    def note(*arguments: Any) -> None:
        said.append((arguments[2], arguments[3]))

    event.listen(town.database.engine.sync_engine, "before_cursor_execute", note)
    orders: tuple[Order, ...] = ("new", "old", "due")
    for order in orders:
        async with town.database.reading() as session:
            await ledger_page(session, scope, Wanted(), order=order)
            statement, values = said[-1]
            connection = await session.connection()
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps = " | ".join(str(row[3]) for row in plan)
        assert "SEARCH issues USING INDEX issues_" in steps
        assert "TEMP B-TREE" not in steps, steps
    async with town.database.reading() as session:
        await ledger_page(session, Scope((), "li"), Wanted())
        statement, values = said[-1]
        connection = await session.connection()
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = " | ".join(str(row[3]) for row in plan)
    assert "SCAN issues" not in steps, steps


async def test_the_export_holds_what_the_filter_shows(town: Town) -> None:
    visit = await town.come_in("chen")
    answer = await visit.get("/issues/export.xlsx?late=1&order=due")
    assert answer.headers["content-disposition"].endswith(".xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content))["台账"].values)
    assert len(rows) == 1 + 3
    month = await visit.get("/issues/export.xlsx?since=2026-03-01&until=2026-03-31")
    book = load_workbook(io.BytesIO(month.content))
    assert book.sheetnames == ["台账", "指标"]
    assert len(list(book["台账"].values)) == 1 + 9
    worker = await (await town.come_in("wang")).get("/issues/export.xlsx")
    sheets = load_workbook(io.BytesIO(worker.content))
    assert sheets.sheetnames == ["台账"]
    assert not any("路灯" in str(value) for row in sheets["台账"].values for value in row)


async def test_a_doubt_is_explained_and_settled_with_one_tap(town: Town) -> None:
    doubt = await town.find("咋整")
    visit = await town.come_in("chen")
    page = await visit.text("/review")
    assert "咋整" in page
    assert "把握31%" in page
    assert 'class="weight' in page
    where = f"/issues/{doubt.number}/other"
    answer = await visit.act("/review", where, category="utilities")
    assert answer.headers["location"] == "/review"
    after = await town.issue(doubt.number)
    assert after.category == "utilities"
    assert after.status in ("accepted", "dispatched")  # 几栋 may have to be asked first
    async with town.database.reading() as session:
        learnt = (await session.exec(select(Correction))).all()
    assert ("confirm", "utilities") in [(row.source, row.category) for row in learnt]
    assert "没有要核实的" in await visit.text("/review")


async def test_grids_show_load_rates_and_who_is_there(town: Town) -> None:
    async with town.database.transaction() as session:
        day = date(2026, 3, 6)
        session.add(Absence(worker_id="wang", first_day=day, last_day=day))
    page = await (await town.come_in("chen")).text("/grids")
    assert "MES-01" in page
    assert "QL-01" not in page
    assert page.count("请假") == 2
    assert "响应率" in page
    street = await (await town.come_in("jie")).text("/grids")
    assert "QL-01" in street


async def test_figures_stand_with_their_formulas_and_beside_another_window(town: Town) -> None:
    visit = await town.come_in("chen")
    page = await visit.text("/figures?from=2026-03-01&to=2026-03-06&by=worker&compare=1")
    assert "接单时限内有人接单的件数" in page
    assert "2026-02-23 至 2026-02-28" in page
    assert "李强" in page
    for by in ("community", "street", "grid", "department", "category", "nonsense"):
        assert (await visit.get(f"/figures?by={by}")).status_code == 200
    assert (await visit.get("/figures?from=2020-01-01&to=2030-01-01")).status_code == 200
    assert (await visit.get("/figures?from=x&to=2026-13-45")).status_code == 200
    chart = await visit.get("/figures/trend.svg?from=2026-03-01&to=2026-03-10")
    assert chart.headers["content-type"].startswith("image/svg+xml")
    assert "<script" not in chart.text


@pytest.mark.parametrize(("what", "state"), [("again", "waiting"), ("drop", "dropped")])
async def test_a_stuck_message_is_sent_again_or_given_up(town: Town, what: str, state: str) -> None:
    lamp = (await town.find("路灯坏了")).number
    foreign = (await town.find("井盖")).number
    async with town.database.transaction() as session:
        for number in (lamp, foreign):
            session.add(
                Outgoing(
                    key=f"stuck:{number}", kind="dispatch", contact="wxid_li", issue=number,
                    text=f"{number}号，电话13812345678", state="stuck", attempts=12,
                    error="no such contact", created_at=town.clock.now(),
                    not_before=town.clock.now(),
                )
            )  # fmt: skip
    visit = await town.come_in("chen")
    page = await visit.text("/running")
    assert page.count("重发") == 1
    assert "13812345678" not in page
    rows = {row.issue: row for row in await town.said() if row.key.startswith("stuck:")}
    await visit.act("/running", f"/running/{rows[lamp].id}/{what}")
    key = (await visit.fields("/", "/out"))["form_key"]
    theirs = f"/running/{rows[foreign].id}/drop"
    await visit.browser.post(theirs, data={"form_key": key})
    rows = {row.issue: row for row in await town.said() if row.key.startswith("stuck:")}
    assert rows[lamp].state == state
    assert rows[foreign].state == "stuck"


async def test_what_watches_the_bot_gets_numbers_and_nothing_else(town: Town) -> None:
    browser = town.browser()
    assert (await browser.get("/healthz")).text == "ok\n"
    assert (await browser.get("/readyz")).status_code == 200
    metrics = (await browser.get("/metrics")).text
    assert 'geying_issues{community="miaoershan",status="dispatched"}' in metrics
    assert "geying_outbox_stuck 0.0" in metrics
    forwarded = {"X-Forwarded-For": "203.0.113.5"}
    assert (await browser.get("/metrics", headers=forwarded)).status_code == 404


async def test_metrics_with_a_token_are_for_who_has_it(
    opens: object, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_METRICS", "geheim")
    board = town.settings.board.model_copy(update={"metrics_token": "env:TEST_METRICS"})
    town.board.house.settings = town.settings.model_copy(update={"board": board})
    browser = town.browser()
    assert (await browser.get("/metrics")).status_code == 404
    good = {"Authorization": "Bearer geheim", "X-Forwarded-For": "203.0.113.5"}
    assert (await browser.get("/metrics", headers=good)).status_code == 200


async def test_not_ready_while_the_database_does_not_answer(town: Town) -> None:
    await town.database.close()
    (town.folder / "geying.db").unlink()
    for more in ("-wal", "-shm"):
        (town.folder / f"geying.db{more}").unlink(missing_ok=True)
    assert (await town.browser().get("/readyz")).status_code == 503
    assert (await town.browser().get("/healthz")).status_code == 200


def test_a_filter_survives_its_own_address() -> None:
    chosen = Filter.read({"state": "open", "q": "8栋 & 灯", "late": "1", "since": "2026-03-01"})
    assert Filter.read(dict(parse_qsl(chosen.address()))) == chosen


async def test_a_photo_is_shown_to_who_may_and_no_other_file_ever(town: Town) -> None:
    lamp = (await town.find("路灯坏了")).number
    visit = await town.come_in("chen")
    path = re.search(r'src="(/photos/\d+)"', await visit.text(f"/issues/{lamp}"))
    assert path
    photo = await visit.get(path[1])
    assert photo.headers["content-type"] == "image/jpeg"
    assert photo.content.startswith(b"\xff\xd8")
    secret = town.folder / "secret.jpg"
    secret.write_bytes(b"secret")
    for name in (str(secret), "photos/../../secret.jpg", "photos/../../geying.db", "/etc/passwd"):
        async with town.database.transaction() as session:
            report = await session.get(Report, int(path[1].rpartition("/")[2]))
            assert report
            report.photo = name
        assert (await visit.get(path[1])).status_code == 404, name
