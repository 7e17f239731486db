"""The board beside a running bot: it comes up, ends with the bot, and never ends the bot."""

import asyncio
import contextlib
import socket

import httpx

from bot.board.serving import serve_beside
from tests.board.town import Town


def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _listen_at(town: Town, port: int) -> None:
    section = town.settings.board.model_copy(update={"listen": f"127.0.0.1:{port}"})
    town.board.house.settings = town.settings.model_copy(update={"board": section})


async def test_it_is_served_until_the_bot_ends(town: Town) -> None:
    port = _free()
    _listen_at(town, port)
    task = asyncio.create_task(serve_beside(town.board))
    address = f"http://127.0.0.1:{port}/healthz"
    async with httpx.AsyncClient(trust_env=False) as browser:
        for _ in range(500):
            with contextlib.suppress(httpx.ConnectError):
                assert (await browser.get(address)).text == "ok\n"
                break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("the board did not come up")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


async def test_a_port_that_is_taken_does_not_end_the_bot(town: Town) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        _listen_at(town, other.getsockname()[1])
        await asyncio.wait_for(serve_beside(town.board), 10)
