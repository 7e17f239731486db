"""What people type in a shell: each command does its job, bad input gets one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from tests.days import write_config

LAMP = "8栋楼下的路灯坏了，麻烦修一下"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'geying.db'}"


def geying(*arguments: object, stdin: str = "") -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)


def a_log(folder: Path) -> Path:
    path = folder / "log.jsonl"
    sender = {"id": "wxid_liu", "name": "刘叔"}
    row = {
        "at": "2026-03-03T10:00:00+08:00",
        "room": "翠湖苑业主1群",
        "sender": sender,
        "text": LAMP,
    }
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def played(config: Path, database: str) -> None:
    folder = config.parent
    result = geying(
        "replay", a_log(folder), "--outgoing", folder / "out.jsonl", "--config", config,
        "--database", database, "--until", "2026-03-03T12:30",
    )  # fmt: skip
    assert result.exit_code == 0, result.output


def test_a_log_is_replayed_and_the_ledger_printed(config: Path, database: str) -> None:
    played(config, database)
    result = geying("issues", "--format", "json", "--config", config, "--database", database)
    [issue] = json.loads(result.output)
    assert (issue["category"], issue["building"], issue["worker"]) == ("facility", "8", "li")
    assert issue["created_at"] == "2026-03-03T10:00:00+08:00"
    table = geying("issues", "--config", config, "--database", database)
    assert "路灯" in table.output
    said = [json.loads(line) for line in (config.parent / "out.jsonl").read_text().splitlines()]
    assert {"at", "kind", "room", "contact", "issue", "text", "image"} == set(said[0])


def test_the_ledger_of_an_earlier_moment(config: Path, database: str) -> None:
    played(config, database)
    arguments = ("--format", "json", "--config", config, "--database", database)
    assert json.loads(geying("issues", "--at", "2026-03-03T09:00", *arguments).output) == []
    [issue] = json.loads(geying("issues", "--at", "2026-03-03T10:30", *arguments).output)
    assert issue["status"] == "dispatched"


def test_the_digest_of_a_day(config: Path, database: str) -> None:
    played(config, database)
    result = geying(
        "digest", "--community", "miaoershan", "--date", "2026-03-03", "--config", config,
        "--database", database, "--out", config.parent / "digest",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "新增" in result.output


def test_messages_are_classified_in_order() -> None:
    lines = [LAMP, "", '{"text": "早上好各位"}', "我电话13800138000，3栋2单元501停电了"]
    result = geying("classify", stdin="\n".join(lines) + "\n")
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [r["text"] for r in rows] == [LAMP, "", "早上好各位", lines[3]]
    assert [r["kind"] for r in rows] == ["issue", "chat", "chat", "issue"]
    assert rows[1]["category"] is rows[2]["intent"] is None
    assert rows[3]["place"] == {
        "estate": None, "building": "3", "unit": "2", "room": "501", "landmark": None
    }  # fmt: skip
    assert "13800138000" not in rows[3]["masked"]
    assert all(0 <= r["confidence"] <= 1 for r in rows)


def test_purge_and_upgrade(config: Path, database: str) -> None:
    arguments = ("--config", config, "--database", database)
    assert "version" in geying("database", "upgrade", *arguments).output
    dry = geying("purge", "--dry-run", *arguments)
    assert (dry.exit_code, "would go" in dry.output) == (0, True)
    assert geying("purge", *arguments).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "piece"),
    [
        (("replay", "{log}", "--outgoing", "{out}", "--config", "none.toml"), "none.toml"),
        (("replay", "{none}", "--outgoing", "{out}", "--config", "{config}"), "cannot be read"),
        (("replay", "{bad}", "--outgoing", "{out}", "--config", "{config}"), "line 1"),
        (("replay", "{naive}", "--outgoing", "{out}", "--config", "{config}"), "offset"),
        (("replay", "{log}", "--outgoing", "{out}", "--until", "x", "--config", "{config}"), "x"),
        (("issues", "--format", "yaml", "--config", "{config}"), "--format"),
        (("issues", "--community", "x", "--config", "{config}"), "--community"),
        (("issues", "--config", "{config}", "--database", "{db}"), "empty"),
        (("issues", "--config", "{config}", "--database", "mysql://x"), "not supported"),
        (("digest", "--community", "miaoershan", "--date", "x", "--config", "{config}"), "--date"),
        (("run", "--config", "{config}"), "WECHATY_TOKEN"),
        (("evaluate", "--model", "{out}", "--data", "{none}"), ""),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_status_two(
    config: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], piece: str,
) -> None:  # fmt: skip
    monkeypatch.delenv("WECHATY_TOKEN", raising=False)
    (tmp_path / "bad.jsonl").write_text("{nonsense\n")
    naive = '{"at": "2026-03-03T10:00:00", "sender": {"id": "a"}, "text": "x"}\n'
    (tmp_path / "naive.jsonl").write_text(naive)
    names = {
        "log": a_log(tmp_path), "none": tmp_path / "none.jsonl", "bad": tmp_path / "bad.jsonl",
        "naive": tmp_path / "naive.jsonl", "out": tmp_path / "out.jsonl", "config": config,
        "db": database,
    }  # fmt: skip
    result = geying(*(a.format(**names) for a in arguments))
    assert result.exit_code == 2
    assert piece in result.stderr
    assert "Traceback" not in result.output + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_doctor_says_a_line_for_each_thing(
    config: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WECHATY_TOKEN", raising=False)
    result = geying("doctor", "--config", config, "--database", database)
    assert result.exit_code == 1
    lines = {line.split(":")[0]: line for line in result.output.splitlines()}
    assert lines["ok   configuration"]
    assert lines["ok   model"]
    assert "WECHATY_TOKEN" in lines["MEND token"]


def test_doctor_finds_a_configuration_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[bot]\nnam = 1\n")
    result = geying("doctor", "--config", path)
    assert result.exit_code == 1
    assert "MEND configuration: bot.nam" in result.output


def test_the_demo_tells_where_everything_lies(tmp_path: Path) -> None:
    result = geying("demo", "--speed", "0", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "demo" / "geying.db").exists()
    assert (tmp_path / "demo" / "outgoing.jsonl").exists()
    for piece in ("记下了", "接单", "办结", "满意", "日报", "台账", str(tmp_path / "demo")):
        assert piece in result.output
