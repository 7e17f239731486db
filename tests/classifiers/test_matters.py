"""The second level: what a text is about, and when two texts can be about one thing."""

import pytest

from classifiers.matters import (
    are_neighbours,
    is_supply,
    matter_of,
    matters,
    name_of,
    spoken_of,
    things_agree,
)


@pytest.mark.parametrize(
    ("text", "category", "matter"),
    [
        ("3栋停水了", "utilities", "water"),
        ("停了一上午的水", "utilities", "water"),
        ("家里没气了", "utilities", "gas"),
        ("燃气费怎么交", "utilities", "gas_service"),
        ("暖气片冰凉", "utilities", "heating"),
        ("供暖费什么时候交", "utilities", "heating_service"),
        ("8栋楼下路灯坏了", "facility", "street_light"),
        ("快递柜旁边的路灯坏了", "facility", "street_light"),
        ("快递柜打不开", "facility", "mailbox"),
        ("今天天气不错", "facility", None),
    ],
)
def test_matter_is_told_by_the_thing_not_by_where_it_is(
    text: str, category: str, matter: str | None
) -> None:
    assert matter_of(text, category) == matter


def test_only_outages_are_supplies() -> None:
    assert {m.id for m in matters().values() if m.supply} == {"water", "power", "gas", "heating"}
    assert not is_supply("gas_service")
    assert not is_supply(None)


def test_follow_ups_name_what_they_are_about() -> None:
    assert "water" in spoken_of("来水了")
    assert "power" in spoken_of("电来了")
    assert "elevator" in spoken_of("电梯确实坏了")
    assert spoken_of("我家也是") == frozenset()
    assert spoken_of("物业在干什么，楼上的邻居也不管") == frozenset()


def test_things_of_one_matter_are_told_apart() -> None:
    assert not things_agree("楼上装修太吵", "楼上狗叫个不停", "neighbour_noise")
    assert things_agree("电钻响一天", "楼上装修太吵", "neighbour_noise")
    assert things_agree("楼上太吵了", "楼上狗叫个不停", "neighbour_noise")
    assert not things_agree("滑梯螺丝松了", "健身器材断了", "amenity")


def test_names_and_neighbours() -> None:
    assert name_of("street_light", "facility") == "路灯"
    assert name_of(None, "facility") == "公共设施"
    assert are_neighbours("sanitation", "environment")
    assert not are_neighbours("sanitation", "gov_service")
