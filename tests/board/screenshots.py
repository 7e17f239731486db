"""`python -m tests.board.screenshots docs/board`: pictures of the main pages, of made-up people."""

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.app import understander_of
from tests.board.chrome import DESKTOP, PHONE, chromium, served, visit
from tests.board.town import open_town, play_town
from tests.days import settings_from

PAGES = {
    "today": "/", "ledger": "/issues", "issue": "/issues/1", "review": "/review",
    "grids": "/grids", "figures": "/figures?compare=1", "running": "/running",
}  # fmt: skip


async def shoot(folder: Path) -> None:
    """Every page on a phone; the first three on a desktop, one of them in the dark."""
    mind = understander_of(settings_from(""))
    with tempfile.TemporaryDirectory() as place:
        await asyncio.to_thread(play_town, Path(place), mind)
        async with (
            open_town(Path(place), mind[0]) as town,
            served(town) as address,
            chromium() as browser,
        ):
            for size, dark, names in (
                (PHONE, False, list(PAGES)),
                (DESKTOP, False, ["today", "issue", "figures"]),
                (PHONE, True, ["ledger"]),
            ):
                _, page = await visit(browser, town, address, "chen", size=size, dark=dark)
                for name in names:
                    await page.goto(PAGES[name])
                    kind = "phone" if size is PHONE else "desktop"
                    file = folder / f"{name}-{kind}{'-dark' if dark else ''}.png"
                    await page.screenshot(path=str(file), full_page=True)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(shoot(Path(sys.argv[1])))
