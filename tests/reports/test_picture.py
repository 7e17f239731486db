"""The picture and the printed page, read back: figures, widths, characters, nothing clipped."""

import io
import itertools
import struct
from dataclasses import replace
from pathlib import Path

import pdfplumber
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports import picture
from bot.reports.picture import (
    DayFigures,
    DigestPage,
    GridFigures,
    LateIssue,
    Rate,
    find_fonts,
    printable,
    render,
    render_pdf,
)

LABELS = ("25日", "26日", "27日", "28日", "1日", "2日", "今天")

ORDINARY = DigestPage(
    community="庙儿山社区",
    title="日报",
    day="3月3日 星期二",
    new=14,
    handled=9,
    open=26,
    overdue=3,
    week=tuple(DayFigures(label, 2 + at, 17 - at) for at, label in enumerate(LABELS)),
    rates=(Rate("响应率", 12, 14), Rate("解决率", 4, 5), Rate("满意率", 0, 0)),
    categories=(("公共设施", 5), ("物业服务", 8), ("水电气讯", 1), ("噪声扰民", 0)),
    grids=(
        GridFigures("翠湖苑1-6栋", 7, 2, 6),
        GridFigures("翠湖苑7-12栋", 19, 1, 3),
        GridFigures("锦江苑", 0, 0, 0),
    ),
    late=(
        LateIssue(3, "翠湖苑8栋", "楼下路灯坏了三天了，晚上黑得看不到路", "李强", "超3小时"),
        LateIssue(None, "", "敏感诉求一件", "", "超1天"),
    ),
    hot=("停水：翠湖苑，9户反映",),
    suspended=2,
    notes=("居民夸：电梯救人来得快",),
)

EMPTY = DigestPage(
    community="庙儿山社区",
    title="日报",
    day="3月4日 星期三",
    week=tuple(DayFigures(label, 0, 0) for label in LABELS),
    rates=(Rate("响应率", 0, 0), Rate("解决率", 0, 0), Rate("满意率", 0, 0)),
    grids=(GridFigures("CHY-01", 0, 0, 0),),
    notes=("今天没有新诉求。",),
)

OVERLOADED = DigestPage(
    community="内江市市中区牌楼街道庙儿山片区第一社区居民委员会",
    title="日报",
    day="2026年3月3日 星期二（平急转换中）",
    new=12345,
    handled=9876,
    open=23456,
    overdue=1024,
    week=tuple(DayFigures(label, 12345 - at * 2000, at * 1646) for at, label in enumerate(LABELS)),
    rates=(Rate("响应率", 11000, 12345), Rate("解决率", 4321, 5432), Rate("满意率", 5432, 5432)),
    categories=tuple((f"第{number}类诉求", 1300 - number) for number in range(16)),
    grids=tuple(GridFigures(f"翠湖苑二期东区{n}-{n + 5}栋网格", n, 1, n) for n in range(30)),
    late=tuple(
        LateIssue(100 + n, "翠湖苑二期东区12栋3单元", "下水道堵了" * 12, "欧阳建国、李强", "超3天")
        for n in range(40)
    ),
    hot=tuple(f"第{n}件：https://example.com/{'a' * 90}" for n in range(12)),
    suspended=180,
    notes=("！" * 300, "W" * 200),
)

MONTH = replace(
    ORDINARY,
    title="月报",
    day="2026年3月",
    trend="本月每天",
    week=tuple(DayFigures(f"{day}日", day % 7, day % 5) for day in range(1, 32)),
)

DAYS = pytest.mark.parametrize(
    "page",
    [ORDINARY, EMPTY, OVERLOADED, MONTH],
    ids=["ordinary", "empty", "overloaded", "month"],
)


@pytest.fixture(scope="module")
def repertoire() -> frozenset[str]:
    """The characters that both bundled faces can draw."""
    faces = [TTFont(path) for path in sorted(picture.FONT_FOLDER.glob("*.otf"))]
    assert len(faces) == 2
    return frozenset.intersection(*(frozenset(map(chr, face.getBestCmap())) for face in faces))


def phone(page: DigestPage) -> pdfplumber.pdf.PDF:
    """The phone's page as a PDF: the same template and layout as the PNG, but readable."""
    made = picture._compile(page, picture._found(), "phone", "pdf")
    return pdfplumber.open(io.BytesIO(made))


def printed(page: DigestPage, folder: Path) -> pdfplumber.pdf.PDF:
    made = render_pdf(page, folder / "page.pdf")
    assert made is not None
    return pdfplumber.open(made)


def words(pdf: pdfplumber.pdf.PDF) -> str:
    """All that can be read on the pages, without spaces: lines break where they like."""
    return "".join("".join(page.extract_text(x_tolerance=1).split()) for page in pdf.pages)


@DAYS
def test_the_picture_is_made_for_a_phone(page: DigestPage, tmp_path: Path) -> None:
    out = render(page, tmp_path / "new folder" / "digest.png")
    assert out is not None
    content = out.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width == 1080
    assert 900 < height < 12_000
    assert len(content) < 2_500_000


@DAYS
def test_nothing_runs_over_the_edge(page: DigestPage) -> None:
    (sheet,) = phone(page).pages
    assert sheet.width == 360
    for char in sheet.chars:
        assert 10 <= char["x0"] < char["x1"] <= 350, char["text"]
        assert 0 < char["top"] < char["bottom"] < sheet.height


@DAYS
def test_no_character_is_printed_over_another(page: DigestPage, tmp_path: Path) -> None:
    for sheet in [*phone(page).pages, *printed(page, tmp_path).pages]:
        cores = sorted(
            (
                one["top"] * 0.6 + one["bottom"] * 0.4,
                one["top"] * 0.4 + one["bottom"] * 0.6,
                one["x0"] * 0.7 + one["x1"] * 0.3,
                one["x0"] * 0.3 + one["x1"] * 0.7,
                one["text"],
            )
            for one in sheet.chars
            if one["text"].strip()
        )
        for at, (_, bottom, left, right, text) in enumerate(cores):
            for top, _, other_left, other_right, other in itertools.islice(cores, at + 1, None):
                if top >= bottom:
                    break
                assert right <= other_left or other_right <= left, (text, other)


@DAYS
def test_every_character_has_a_glyph(page: DigestPage, repertoire: frozenset[str]) -> None:
    sheet = phone(page).pages[0]
    assert {char["text"].strip("\u200b") for char in sheet.chars} <= repertoire | {""}
    assert all("GeyingSans" in char["fontname"] for char in sheet.chars)


@pytest.mark.parametrize("layout", ["phone", "print"])
def test_figures_read_back(layout: str, tmp_path: Path) -> None:
    text = words(phone(ORDINARY) if layout == "phone" else printed(ORDINARY, tmp_path))
    assert "149263新增办结在办超期" in text
    assert "25日26日27日28日1日2日今天" in text
    assert "响应率解决率满意率" in text.replace("17", "")
    assert "86%80%—" in text
    assert "12/14件4/5件还没有可算的" in text
    assert text.index("物业服务8") < text.index("公共设施5") < text.index("水电气讯1")
    assert "噪声扰民" not in text
    assert "翠湖苑1-6栋276" in text
    assert "翠湖苑7-12栋1193" in text
    assert "其余1个网格没有事：锦江苑" in text
    assert "3号翠湖苑8栋楼下路灯坏了三天了，晚上黑得看不到路李强超3小时" in text
    assert "敏感诉求一件超1天" in text
    assert "停水：翠湖苑，9户反映" in text
    assert "挂账2件" in text
    assert "居民夸：电梯救人来得快" in text


def test_an_empty_day_says_so_and_shows_no_empty_charts() -> None:
    text = words(phone(EMPTY))
    assert "0000新增办结在办超期" in text
    assert "今天没有新诉求。" in text
    assert "没有新增，也没有办结。" in text
    assert "各网格都没有事：CHY-01" in text
    assert "超期的" not in text
    assert "%" not in text


def test_an_overloaded_day_is_cut_and_says_how_much_is_missing() -> None:
    text = words(phone(OVERLOADED))
    assert "111号" in text
    assert "112号" not in text
    assert "还有28件，见台账。" in text
    assert "还有4件，见台账。" in text
    assert "其余8类" in text
    assert all(f"{n}-{n + 5}栋" in text for n in range(30))


def test_the_printed_report_names_every_late_issue_and_can_be_signed(tmp_path: Path) -> None:
    report = printed(replace(OVERLOADED, title="月报"), tmp_path)
    text = words(report)
    assert all((round(sheet.width), round(sheet.height)) == (595, 842) for sheet in report.pages)
    assert "诉求办理月报" in text
    assert all(f"{number}号" in text for number in range(100, 140))
    assert "社区书记（签字）：" in text
    assert f"第1页，共{len(report.pages)}页" in text


def test_what_residents_write_is_no_markup(tmp_path: Path) -> None:
    said = '*粗* #panic() $x$ [a] @b <c> `d` \\e //f "g"'
    page = replace(ORDINARY, late=(replace(ORDINARY.late[0], matter=said[:32]),), notes=(said,))
    assert render(page, tmp_path / "page.png") is not None
    assert said.replace(" ", "") in words(phone(page))


def test_characters_without_a_glyph_leave_a_sign_and_emoji_leave_nothing() -> None:
    assert printable("😂大家辛苦了⚠️👍🏻", 20) == "大家辛苦了"
    assert printable("㸆鸭店旁", 20) == "〓鸭店旁"
    assert printable("㸆鸭店旁", 20, bundled_alone=False) == "㸆鸭店旁"
    assert printable("塝上李喆家", 20) == "塝上李喆家"


def test_long_text_is_cut_and_lines_are_joined() -> None:
    assert printable("路灯\n 坏了\x00\u200b", 20) == "路灯 坏了"
    assert printable("一二三四五六", 4) == "一二三…"


@given(st.text(max_size=80), st.integers(min_value=1, max_value=40))
def test_anything_written_can_be_set(repertoire: frozenset[str], said: str, longest: int) -> None:
    line = printable(said, longest)
    assert set(line) <= repertoire | {"\u200b"}
    assert len(line.replace("\u200b", "")) <= longest


@settings(max_examples=20, deadline=None)
@given(said=st.text(min_size=1, max_size=60))
def test_no_text_breaks_the_page(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    out = tmp_path_factory.getbasetemp() / "said.png"
    page = replace(ORDINARY, community=said, hot=(said,), grids=(GridFigures(said, 1, 1, 1),))
    assert render(page, out) == out


def test_the_bundled_font_is_found() -> None:
    found = find_fonts()
    assert found is not None
    assert (found.family, found.source) == ("Geying Sans", "bundled")
    assert found.path.is_file()


def test_a_font_of_the_machine_stands_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(picture, "FAMILY", "None Such")
    monkeypatch.setattr(picture, "SYSTEM_FAMILIES", ("Other None", "Geying Sans"))
    found = find_fonts()
    assert found is not None
    assert found.source == "system"
    assert render(EMPTY, tmp_path / "page.png") is not None


def test_without_a_font_there_is_no_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(picture, "FAMILY", "None Such")
    monkeypatch.setattr(picture, "SYSTEM_FAMILIES", ())
    assert find_fonts() is None
    assert render(ORDINARY, tmp_path / "page.png") is None
    assert render_pdf(ORDINARY, tmp_path / "page.pdf") is None
    assert list(tmp_path.iterdir()) == []
