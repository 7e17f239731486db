"""The ledger as officials open it: read back from the file, and hostile words in every cell."""

import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from bot.cli import app
from bot.reports import ledger
from bot.reports.workbook import COLUMNS, Extras
from tests.days import Day, settings_from, write_config

ROW: dict[str, Any] = {
    "number": 12, "community": "miaoershan", "grid": "MES-02", "estate": "翠湖苑", "building": "8",
    "unit": None, "room": None, "category": "sanitation", "intent": "help", "urgency": "normal",
    "status": "handled", "worker": "li", "source": "翠湖苑业主1群", "summary": "垃圾没人清",
    "reports": 3, "reporters": 3, "messages": [], "created_at": "2026-03-03T08:20:00+08:00",
    "dispatched_at": "2026-03-03T08:21:00+08:00", "accepted_at": "2026-03-03T08:30:00+08:00",
    "handled_at": "2026-03-03T13:00:00+08:00", "closed_at": None,
    "due_at": "2026-03-06T09:00:00+08:00", "overdue": False, "escalation": 0, "rework": 0,
    "rating": None, "merged_into": None, "landmark": None, "matter": "garbage_exposed",
    "households": 2, "result": "已清运", "reason": None, "plan_date": None, "extensions": 0,
    "earlier": None,
}  # fmt: skip
NAMES = [name for name, _ in COLUMNS]


def wall(text: str) -> datetime:
    """What the clock on the wall shows, as Excel keeps it: 03 08:20 of March 2026."""
    return datetime.fromisoformat(f"2026-03-{text.replace(' ', 'T')}:00")


def cells(file: Path, row: int = 2) -> dict[str, Any]:
    sheet = load_workbook(file)["台账"]
    return {name: sheet.cell(row, at) for at, name in enumerate(NAMES, 1)}


def test_a_row_reads_as_officials_write_it(tmp_path: Path) -> None:
    file = tmp_path / "ledger.xlsx"
    asked = datetime.fromisoformat("2026-03-03T13:30:00+08:00")
    extras = Extras(followed_up={12: asked}, photos={12: ["photos/2026-03/a.jpg"]})
    ledger.write_xlsx([ROW], settings_from(""), file, extras)
    read = {name: cell.value for name, cell in cells(file).items()}
    assert read == {
        "编号": 12, "时间": wall("03 08:20"), "来源群": "翠湖苑业主1群",
        "小区": "翠湖苑",
        "楼栋": "8栋", "类别": "市容环卫", "十大乱象": "垃圾乱扔", "紧急程度": "一般",
        "内容": "垃圾没人清",
        "网格": "MES-02", "承办人": "李强", "状态": "待回访",
        "派单时间": wall("03 08:21"), "接单时限": wall("03 13:00"),
        "接单时间": wall("03 08:30"), "办理时限": wall("06 09:00"),
        "办结时间": wall("03 13:00"), "结案时间": None, "是否超期": "否",
        "办理结果": "已清运", "回访": wall("03 13:30"), "评价": None, "附议户数": 2,
        "返工次数": 0, "督办级别": 0, "挂账原因": None, "计划日期": None, "并入": None,
        "照片": "photos/2026-03/a.jpg",
    }  # fmt: skip


def test_the_header_stays_and_every_column_can_be_filtered(tmp_path: Path) -> None:
    file = tmp_path / "ledger.xlsx"
    ledger.write_xlsx([ROW, {**ROW, "number": 13}], settings_from(""), file)
    sheet = load_workbook(file)["台账"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:AC3"
    assert [cell.value for cell in sheet[1]] == NAMES
    assert sheet.column_dimensions["I"].width > 30
    assert cells(file)["时间"].number_format == "yyyy-mm-dd hh:mm"


HOSTILE = [
    "=1+1", "+86", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "\x00\x07=a", "＝1",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_become_a_formula(words: str, tmp_path: Path) -> None:
    file = tmp_path / "ledger.xlsx"
    row = {**ROW, "summary": words, "result": words, "estate": words, "source": words}
    ledger.write_xlsx([row], settings_from(""), file)
    for name in ("内容", "办理结果", "小区", "来源群"):
        cell = cells(file)[name]
        assert cell.data_type == "s"
        if str(cell.value).startswith(("=", "+", "-", "@")):
            assert cell.quotePrefix
    with zipfile.ZipFile(file) as package:
        for part in package.namelist():
            assert b"<f>" not in package.read(part)


@given(st.text(max_size=300))
@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_make_a_file_that_opens(tmp_path: Path, words: str) -> None:
    file = tmp_path / "ledger.xlsx"
    ledger.write_xlsx([{**ROW, "summary": words, "result": words}], settings_from(""), file)
    assert cells(file)["编号"].value == 12


def played(day: Day) -> Path:
    """A lamp that was mended, on the day's database; the configuration file that goes with it."""
    day.says("08:20", "liu", "8栋楼下的路灯坏了三天了，晚上黑得看不到路")
    day.direct("08:50", "li", "接单")
    day.direct("11:20", "li", "办结 =已更换灯泡")
    day.direct("13:40", "liu", "满意，谢谢")
    day.says("15:00", "tang", "3栋门口垃圾堆了两天没人清，臭死了")
    day.play(until="19:00")
    return write_config(day.folder, f"[bot]\ndatabase = {json.dumps(day.url)}")


def test_the_command_writes_ledger_and_figures(day: Day, tmp_path: Path) -> None:
    config, file = played(day), tmp_path / "out" / "ledger.xlsx"
    file.parent.mkdir()
    result = CliRunner().invoke(
        app, ["issues", "--format", "xlsx", "--out", str(file), "--config", str(config)]
    )
    assert result.exit_code == 0, result.output
    book = load_workbook(file)
    assert book.sheetnames == ["台账", "指标"]
    assert book["台账"].max_row == 3
    assert cells(file)["办理结果"].value == "=已更换灯泡"
    assert cells(file)["回访"].value == wall("03 11:50")
    assert cells(file)["评价"].value == "满意"
    lines = list(book["指标"].iter_rows(min_row=2, values_only=True))
    whole = {line[2]: line for line in lines if line[0] == "全部"}
    assert whole["新增"][3] == 2
    assert whole["响应率"][3:6] == (1, 1, 1)
    assert whole["解决率"][7].startswith("满意和基本满意的件数÷")
    assert any(line[0] == "网格" and line[1] == "MES-02 翠湖苑" for line in lines)
    assert any(line[0] == "人员" and line[1] == "李强" for line in lines)


def test_the_ledger_of_an_earlier_moment(day: Day, tmp_path: Path) -> None:
    config, file = played(day), tmp_path / "ledger.xlsx"
    arguments = ["issues", "--format", "xlsx", "--out", str(file), "--config", str(config)]
    result = CliRunner().invoke(app, [*arguments, "--at", "2026-03-03T10:00"])
    assert result.exit_code == 0, result.output
    assert cells(file)["状态"].value == "处置中"
    assert cells(file)["办结时间"].value is None
    assert load_workbook(file)["台账"].max_row == 2


def test_a_thousand_rows_are_soon_written(tmp_path: Path) -> None:
    rows = [{**ROW, "number": number} for number in range(1, 1001)]
    begun = datetime.now().astimezone()
    ledger.write_xlsx(rows, settings_from(""), tmp_path / "ledger.xlsx")
    assert datetime.now().astimezone() - begun < timedelta(seconds=20)
