"""The roster from Excel: all or nothing, and every bad row by its number."""

import io
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from bot.cli import app
from bot.roster_import import import_roster
from bot.roster_sheet import COLUMNS, RosterProblem
from bot.settings import load
from tests.days import write_config

STREET = "牌楼街道"
GOOD = [
    (STREET, "庙儿山社区", "MES-01", "翠湖苑", "1-6", "王芳", "李强", ""),
    (STREET, "庙儿山社区", "MES-02", "翠湖苑", "7-12", "李强", "王芳", ""),
]


def sheet(folder: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = COLUMNS) -> Path:
    book = Workbook()
    book.active.append(list(header))
    for row in rows:
        book.active.append(list(row))
    path = folder / "roster.xlsx"
    book.save(path)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = write_config(tmp_path)
    path.write_text("# 我们小区的配置\n" + path.read_text("utf-8"), "utf-8")
    return path


def test_a_good_roster_is_taken_and_the_rest_stays(config: Path, tmp_path: Path) -> None:
    rows = [*GOOD[:2], (STREET, "庙儿山社区", "MES-03", "锦江苑", "", "周敏", "吴刚",
                        "wxid_zhou,wxid_wu")]  # fmt: skip
    found = import_roster(sheet(tmp_path, rows), config)
    assert (found.grids, found.new_workers) == (3, ["周敏", "吴刚"])
    settings = load(config)
    assert [grid.id for grid in settings.grids] == ["MES-01", "MES-02", "MES-03"]
    third = settings.grids[2]
    workers = {w.id: w for w in settings.workers}
    assert workers[third.a_post].contact == "wxid_zhou"
    assert workers[third.b_posts[0]].name == "吴刚"
    assert settings.grids[0].a_post == "wang"
    assert [room.topic for room in settings.rooms] == ["翠湖苑业主1群", "庙儿山社区工作群"]
    assert config.read_text("utf-8").startswith("# 我们小区的配置")


def test_every_bad_row_is_named_and_nothing_changes(config: Path, tmp_path: Path) -> None:
    before = config.read_bytes()
    rows = [
        GOOD[0],
        (STREET, "庙儿山社区", "MES-02", "翠湖苑", "5-12", "李强", "王芳", ""),
        (STREET, "庙儿山社区", "MES-03", "锦江苑", "6-1", "王芳", "", ""),
        (STREET, "庙儿山社区", "MES-04", "锦江苑", "1-3", "周敏", "", ""),
        (STREET, "庙儿山社区", "", "锦江苑", "4", "王芳", "", ""),
        (STREET, "大洲坝社区", "DZB-01", "江景苑", "", "王芳", "", ""),
        (STREET, "庙儿山社区", "MES-05", "锦江苑", "9", "王芳", "", "wxid_li"),
    ]
    with pytest.raises(RosterProblem) as caught:
        import_roster(sheet(tmp_path, rows), config)
    lines = str(caught.value).splitlines()
    assert lines == [
        "第3行：翠湖苑5、6栋已经在第2行的网格MES-01里",
        "第4行：楼栋“6-1”看不懂：写成 1-6,8,10A，整个小区就空着",
        "第5行：A岗“周敏”没有微信号",
        "第6行：没填网格",
        "第7行：社区“大洲坝社区”配置里还没有：补上书记、书记微信号、工作群三列",
        "第8行：微信号wxid_li是李强的，不是王芳的",
        "一行也没有导入；改好再来。",
    ]
    assert config.read_bytes() == before
    assert [path.name for path in config.parent.glob(".geying-*")] == []


def test_a_new_community_comes_with_its_secretary_and_work_room(
    config: Path, tmp_path: Path
) -> None:
    header = (*COLUMNS, "书记", "书记微信号", "工作群")
    row = (STREET, "大洲坝社区", "DZB-01", "江景苑", "1-3", "周敏", "", "wxid_zhou", "吴书记",
           "wxid_wushu", "大洲坝社区工作群")  # fmt: skip
    found = import_roster(sheet(tmp_path, [row], header), config)
    settings = load(config)
    assert found.communities == 1
    community = settings.communities[1]
    assert (community.name, community.work_room) == ("大洲坝社区", "大洲坝社区工作群")
    assert {w.name: w.role for w in settings.workers}["吴书记"] == "secretary"
    assert [grid.id for grid in settings.grids] == ["MES-01", "MES-02", "DZB-01"]


def test_who_is_left_in_no_grid_goes_and_a_second_import_changes_nothing(
    config: Path, tmp_path: Path
) -> None:
    rows = [(STREET, "庙儿山社区", "MES-01", "翠湖苑", "", "王芳", "", "")]
    found = import_roster(sheet(tmp_path, rows), config)
    assert (found.gone_grids, found.gone_workers) == (["MES-02"], ["李强"])
    after = config.read_text("utf-8")
    again = import_roster(sheet(tmp_path, rows), config)
    assert (again.new_workers, again.gone_grids, again.gone_workers) == ([], [], [])
    assert tomllib.loads(config.read_text("utf-8")) == tomllib.loads(after)


def test_several_rows_of_one_grid_are_its_buildings(config: Path, tmp_path: Path) -> None:
    rows = [(STREET, "庙儿山社区", "MES-01", "翠湖苑", buildings, "王芳", "李强", "")
            for buildings in ("1-3", 5, "8A")]  # fmt: skip
    import_roster(sheet(tmp_path, rows), config)
    assert load(config).grids[0].building_names == ["1", "2", "3", "5", "8A"]


def test_what_breaks_the_rest_of_the_configuration_is_refused(config: Path, tmp_path: Path) -> None:
    """The residents' room is of an estate that the file no longer has."""
    before = config.read_bytes()
    rows = [(STREET, "庙儿山社区", "MES-01", "锦江苑", "", "王芳", "李强", "")]
    with pytest.raises(RosterProblem, match="rooms"):
        import_roster(sheet(tmp_path, rows), config)
    assert config.read_bytes() == before


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 2**20))
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>')
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, "街道,社区\n".encode(), b"PK\x03\x04broken", b"x" * (6 * 2**20), bomb(),
     entities()],
    ids=["empty", "zeros", "csv", "broken", "too large", "bomb", "entities"],
)  # fmt: skip
def test_what_is_no_roster_is_one_sentence(content: bytes, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(content)
    result = CliRunner().invoke(app, ["import", str(file), "--config", str(config)])
    assert result.exit_code == 2
    assert "roster.xlsx" in result.output
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_missing_column_and_an_empty_table(config: Path, tmp_path: Path) -> None:
    with pytest.raises(RosterProblem, match="缺这几列：微信号"):
        import_roster(sheet(tmp_path, [GOOD[0][:7]], COLUMNS[:7]), config)
    with pytest.raises(RosterProblem, match="一行也没有"):
        import_roster(sheet(tmp_path, []), config)
    with pytest.raises(RosterProblem, match="no such file"):
        import_roster(tmp_path / "none.xlsx", config)


def test_the_command_says_what_it_took(config: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["import", str(sheet(tmp_path, GOOD[:2])), "--config", str(config)]
    )
    assert result.exit_code == 0, result.output
    assert "2 grids" in result.output
