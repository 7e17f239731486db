"""The board in a real browser, on a phone and on a desktop, as its users meet it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.board.chrome import CHROMIUM, DESKTOP, PHONE, chromium, served, visit
from tests.board.town import Town

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.xdist_group("browser"),
]
PAGES = ("/", "/issues", "/issues?late=1", "/issues/1", "/review", "/grids", "/figures", "/running")


@dataclass
class Street:
    """A served town and the browsers before it."""

    town: Town
    browser: Browser
    address: str
    complaints: list[str] = field(default_factory=list)
    """What the browser said against a page."""

    async def come(
        self, worker: str, size: dict[str, int] = PHONE, *, dark: bool = False
    ) -> tuple[BrowserContext, Page]:
        context, page = await visit(
            self.browser, self.town, self.address, worker, size=size, dark=dark
        )
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        return context, page


@pytest.fixture
async def street(town: Town) -> AsyncIterator[Street]:
    async with served(town) as address, chromium() as browser:
        yield Street(town, browser, address)


async def _fits(page: Page) -> bool:
    """Nothing has to be pushed sideways to be read."""
    wide = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return int(wide) <= 0


async def test_each_page_fits_a_phone_and_a_desktop_in_light_and_dark(street: Street) -> None:
    for size, dark in ((PHONE, False), (PHONE, True), (DESKTOP, False)):
        context, page = await street.come("chen", size, dark=dark)
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(25, 26, 27)") is dark
        for path in PAGES:
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            assert await _fits(page), (path, size)
            assert await page.locator("h1").count() == 1
        await context.close()
    assert street.complaints == []


async def test_a_hostile_message_is_shown_and_does_nothing(street: Street) -> None:
    number = (await street.town.find("6栋楼道灯坏了")).number
    _, page = await street.come("chen")
    for path in (f"/issues/{number}", "/issues", "/", "/review"):
        await page.goto(path)
        assert "坏了" not in (await page.title()).removesuffix(" · 格应")[-3:]
        assert await page.locator("main script, main img[src=x]").count() == 0
        assert await _fits(page), path
        html = await page.content()
        for unseen in ("\u202e", "\u202c", "\u200b"):
            assert unseen not in html
    await page.goto(f"/issues/{number}")
    await expect(page.locator("main")).to_contain_text("<script>document.title=")
    assert street.complaints == []


async def test_the_secretary_finds_her_way_alone(street: Street, tmp_path: Path) -> None:
    """Finds the three late issues, re-assigns one, corrects a category, exports the month."""
    context, page = await street.come("chen")
    late = page.get_by_role("region", name="超期")
    await expect(late.get_by_role("listitem")).to_have_count(3)
    await late.get_by_role("link", name="路灯").first.click()
    lamp = int(page.url.rpartition("/")[2])

    await page.get_by_text("转派", exact=True).first.click()
    await page.get_by_label("给谁").select_option(label="王芳")
    await page.get_by_role("button", name="转派").click()
    await expect(page.get_by_role("status")).to_contain_text("王芳")
    assert (await street.town.issue(lamp)).worker_id == "wang"

    await page.get_by_text("改类", exact=True).first.click()
    await page.get_by_label("类别").select_option(label="物业服务")
    await page.get_by_role("button", name="改类").click()
    await expect(page.get_by_role("status")).to_contain_text("物业服务")
    assert (await street.town.issue(lamp)).category == "property"

    await page.get_by_role("link", name="台账").click()
    await page.get_by_text("细选").click()
    await page.get_by_label("从哪天").fill("2026-03-01")
    await page.get_by_label("到哪天").fill("2026-03-31")
    await page.get_by_role("button", name="筛选").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="导出Excel").click()
    file = tmp_path / "month.xlsx"
    await (await download.value).save_as(file)
    rows = list(load_workbook(file)["台账"].values)
    assert len(rows) == 1 + 9
    assert ("物业服务", "王芳") in [(row[5], row[10]) for row in rows]
    assert street.complaints == []
    await context.close()


async def test_two_people_act_at_once_and_nothing_is_lost(street: Street) -> None:
    gate = (await street.town.find("门禁")).number
    _, hers = await street.come("chen", DESKTOP)
    _, his = await street.come("li")
    await hers.goto(f"/issues/{gate}")
    await his.goto(f"/issues/{gate}")
    await his.get_by_role("button", name="接单").click()
    await expect(his.get_by_role("status")).to_contain_text("归你了")
    await hers.get_by_text("转派", exact=True).first.click()
    await hers.get_by_label("给谁").select_option(label="王芳")
    await hers.get_by_role("button", name="转派").click()
    await expect(hers.get_by_role("status")).to_contain_text("刚才有变化（李强：接单）")
    issue = await street.town.issue(gate)
    assert (issue.worker_id, issue.status) == ("li", "in_progress")


async def test_a_button_clicked_twice_is_clicked_once(street: Street) -> None:
    lamp = (await street.town.find("路灯坏了")).number
    _, page = await street.come("chen")
    await page.goto(f"/issues/{lamp}")
    before = len(await street.town.said())
    await page.get_by_role("button", name="督办").dblclick()
    await expect(page.get_by_role("status")).to_be_visible()
    assert len(await street.town.said()) == before + 1


async def test_a_session_that_ran_out_says_what_to_do(street: Street) -> None:
    _, page = await street.come("li")
    street.town.clock.move_to(street.town.clock.now() + timedelta(hours=12, seconds=1))
    await page.get_by_role("link", name="台账").click()
    await expect(page.get_by_role("heading")).to_have_text("时间到了，要重新进来")
    await expect(page.locator("main")).to_contain_text("看板")


async def test_a_doubt_is_settled_with_one_tap(street: Street) -> None:
    _, page = await street.come("chen")
    await page.get_by_role("link", name="待核实").first.click()
    await expect(page.locator("blockquote")).to_contain_text("咋整")
    await page.get_by_role("button", name="是诉求", exact=True).click()
    await expect(page.locator("main")).to_contain_text("没有要核实的")


async def test_everything_can_be_reached_by_keyboard(street: Street) -> None:
    _, page = await street.come("li")
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("跳到正文")
    await page.goto(f"/issues/{(await street.town.find('路灯坏了')).number}")
    await page.locator("summary", has_text="办结").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("换了灯泡")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_be_visible()
    assert (await street.town.find("路灯坏了")).status == "handled"


async def test_every_field_and_button_has_a_name(street: Street) -> None:
    _, page = await street.come("chen")
    for path in PAGES:
        await page.goto(path)
        nameless = await page.evaluate(
            """() => [...document.querySelectorAll('input:not([type=hidden]),select,textarea')]
                .filter(e => !e.labels.length).map(e => e.outerHTML)
                .concat([...document.querySelectorAll('a,button,summary')]
                .filter(e => !e.textContent.trim() && !e.querySelector('img[alt]'))
                .map(e => e.outerHTML))
                .concat([...document.querySelectorAll('img:not([alt])')].map(e => e.outerHTML))"""
        )
        assert nameless == [], path
        doubled = await page.evaluate(
            """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
                return ids.filter((id, at) => ids.indexOf(id) !== at) }"""
        )
        assert doubled == [], path
