"""A real browser before a real server: Debian's Chromium, driven by Playwright."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from bot.board.serving import server_of
from tests.board.town import Town

CHROMIUM = Path("/usr/bin/chromium")
PHONE = {"width": 375, "height": 720}
DESKTOP = {"width": 1280, "height": 900}


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[str]:
    """The board on a port of its own; gives its address."""
    section = town.settings.board.model_copy(update={"listen": "127.0.0.1:0"})
    town.board.house.settings = town.settings.model_copy(update={"board": section})
    server: uvicorn.Server = server_of(town.board)
    task = asyncio.create_task(server.serve())
    while not server.started:  # uvicorn has no event for it  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def visit(
    browser: Browser,
    town: Town,
    address: str,
    worker: str,
    *,
    size: dict[str, int] = PHONE,
    dark: bool = False,
) -> tuple[BrowserContext, Page]:
    """Somebody who opens their link and comes in."""
    context = await browser.new_context(
        viewport=size, base_url=address, locale="zh-CN",  # type: ignore[arg-type]
        color_scheme="dark" if dark else "light",
    )  # fmt: skip
    page = await context.new_page()
    token = (await town.link(worker)).rpartition("/")[2]
    await page.goto(f"/in/{token}")
    await page.get_by_role("button", name="进去看看").click()
    await page.get_by_role("heading", name="今日", exact=True).wait_for()
    return context, page
