"""An unsafe or senseless way to a gateway is refused with one clear sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import certifi
import pytest

from bot.channels.connection import Connection, check_endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("127.0.0.1:9009", ("127.0.0.1", 9009)),
        ("localhost:18788", ("localhost", 18788)),
        ("[::1]:9009", ("::1", 9009)),
        (" gateway.example.cn:443 ", ("gateway.example.cn", 443)),
    ],
)
def test_addresses(endpoint: str, address: tuple[str, int]) -> None:
    assert parse_endpoint(endpoint) == address


@pytest.mark.parametrize(
    "endpoint",
    [
        *("", " ", "9009", ":9009", "gateway", "gateway:", "gateway:http", "gateway:99999"),
        *("gateway:0", "http://gateway:9009", "gateway:9009/path", "me:secret@gateway:9009"),
        *("::1:9009", "[::1"),
    ],
)
def test_not_an_address(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"^channel\.endpoint .* is not HOST:PORT"):
        parse_endpoint(endpoint)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "[::1]"])
def test_the_own_machine_may_be_plain(host: str) -> None:
    check_endpoint(f"{host}:9009")


@pytest.mark.parametrize(
    "host", ["10.0.0.5", "192.168.1.2", "gateway", "8.8.8.8", "0.0.0.0", "[fe80::1]"]
)
def test_another_machine_must_be_encrypted(host: str) -> None:
    with pytest.raises(ValueError, match="would not be encrypted") as refused:
        check_endpoint(f"{host}:9009")
    assert "channel.ca_file" in str(refused.value)
    assert "\n" not in str(refused.value)
    check_endpoint(f"{host}:9009", Path(certifi.where()))
    check_endpoint(f"{host}:9009", allow_plaintext=True)


def test_a_token_is_needed_and_never_shown() -> None:
    with pytest.raises(ValueError, match="token"):
        Connection("127.0.0.1:9009", "")
    assert "geheim" not in repr(Connection("127.0.0.1:9009", "geheim"))


def test_a_certificate_file_that_is_none(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("no certificate")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ValueError, match=r"channel\.ca_file"):
            Connection("10.0.0.5:9009", "token", ca_file=path).tls()


def test_nobody_needs_the_wechaty_packages_to_import_the_channel(tmp_path: Path) -> None:
    script = (
        "import sys, bot.channels.wechaty\n"
        "heavy = {'wechaty_puppet', 'wechaty_puppet_service', 'wechaty_grpc', 'grpclib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_them_leaves_nothing_behind(tmp_path: Path) -> None:
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n" + (
        "from bot.channels.link import load_gateway\n"
        "import logging, os\n"
        "load_gateway()\n"
        "assert logging.getLogger('PuppetService').level >= logging.ERROR\n"
        "assert os.listdir() == []\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env={"WECHATY_LOG": "silent", "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
