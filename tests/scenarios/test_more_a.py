"""Days written from the contract alone: places named from another estate's room."""

from classifiers.understanding import Understander
from tests.days import Day, settings_from

ELSEWHERE = """
[[grids]]
id = "MES-S1"
community = "miaoershan"
estate = "市中区人民医院"
buildings = ""
a_post = "li"
b_post = "wang"

[[grids]]
id = "MES-03"
community = "miaoershan"
estate = "金桂园"
buildings = "1-4"
a_post = "zhou"
b_post = "wang"

[[workers]]
id = "zhou"
name = "周敏"
contact = "wxid_zhou"
role = "grid_worker"
"""


def test_an_estate_named_as_the_place_counts_before_that_of_the_room(day: Day) -> None:
    day.extra = ELSEWHERE
    mind, threshold = day.mind
    estates = settings_from(ELSEWHERE).estates
    day.mind = (Understander(mind.classifier, estates=estates), threshold)
    day.says("09:00", "zhang", "市中区人民医院门口的路灯坏了好几天了")
    day.says("09:30", "liu", "金桂园3栋楼下的路灯坏了，晚上黑得很")
    day.says("10:00", "tang", "3栋靠市中区人民医院那边的路灯坏了，晚上黑得很")
    seen = day.play(until="10:30")
    found = [(i["estate"], i["grid"], i["worker"]) for i in seen.issues]
    assert found == [
        ("市中区人民医院", "MES-S1", "li"),
        ("金桂园", "MES-03", "zhou"),
        ("翠湖苑", "MES-01", "wang"),
    ]
