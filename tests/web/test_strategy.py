"""The strategy map: nothing overlaps, every link is there, and the page says what the command line says."""

import re
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from leadline.app.web.charts import strategy_map
from leadline.app.web.charts.layered import HEIGHT, WIDTH, Laid, lay
from leadline.app.web.charts.specs import MapBand, MapBox, MapLink, MapSpec
from tests.web.test_views import context


@st.composite
def maps(draw: st.DrawFn, most: int = 40) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Bands of objectives with any links between them, circles and downward ones included."""
    sizes = draw(st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(lambda s: 0 < sum(s) <= most))
    bands = [[f"o{band}_{n}" for n in range(size)] for band, size in enumerate(sizes)]
    names = [name for band in bands for name in band]
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names))
    return bands, draw(st.lists(pair, max_size=50))


def sound(bands: list[list[str]], links: list[tuple[str, str]], laid: Laid) -> None:
    """Assert that no box overlaps another or leaves its band, and that no link crosses a box but its own two."""
    for one, other in combinations(laid.boxes.values(), 2):
        assert abs(one[0] - other[0]) >= WIDTH or abs(one[1] - other[1]) >= HEIGHT
    for band, (top, bottom) in zip(bands, laid.bands, strict=True):
        assert all(top <= laid.boxes[n][1] and laid.boxes[n][1] + HEIGHT <= bottom for n in band)
    for (_, bottom), (top, _) in pairwise(laid.bands):
        assert bottom <= top + 1e-9
    assert all(x >= 0 and x + WIDTH <= laid.width for x, _ in laid.boxes.values())
    assert {tuple(e) for e in links if e[0] != e[1]} >= set(laid.links)
    for (cause, effect), points in laid.links.items():
        for (x, y), (to_x, to_y) in pairwise(points):
            low, high = sorted((y, to_y))
            for name, (left, top) in laid.boxes.items():
                passes = low < top + HEIGHT - 1e-6 and high > top + 1e-6
                beside = max(x, to_x) <= left or min(x, to_x) >= left + WIDTH
                assert not passes or beside or name in {cause, effect}, (name, cause, effect)


@settings(max_examples=60, deadline=None)
@given(maps())
def test_nothing_overlaps_whatever_the_map(found: tuple[list[list[str]], list[tuple[str, str]]]) -> None:
    bands, links = found
    sound(bands, links, lay(bands, links))


def test_forty_objectives_have_room_and_every_link_is_drawn() -> None:
    bands = [[f"o{band}_{n}" for n in range(10)] for band in range(4)]
    links = [(f"o{b}_{n}", f"o{b - 1}_{(n * 3 + b) % 10}") for b in range(1, 4) for n in range(10)]
    links += [("o3_1", "o0_2"), ("o2_4", "o2_5"), ("o2_5", "o2_6")]
    laid = lay(bands, links)
    sound(bands, links, laid)
    assert set(laid.links) == set(links)
    assert laid.boxes["o2_4"][1] > laid.boxes["o2_5"][1] > laid.boxes["o2_6"][1]  # causes stand below
    assert laid.width < 1400


def test_what_is_drawn_is_escaped_and_says_its_status() -> None:
    box = MapBox(
        "a",
        "<b>Customers stay, and many more words than fit</b>",
        "#o-a",
        "off target",
        "Off target",
        "2.1",
        "bad",
        "x",
    )
    other = MapBox("b", "Other", "#o-b", "on target", "On target", "8.0", "good", "y")
    drawn = strategy_map.draw(
        MapSpec((MapBand("Customer", (box, other)),), (MapLink("b", "a", "not seen", "said"),), "all")
    )
    assert "<b>" not in drawn
    assert "…" in drawn
    assert 'href="#off-target"' in drawn
    assert 'class="link not-seen"' in drawn
    assert re.search(r"<title>said</title>", drawn)


def test_the_page_shows_objectives_links_goals_and_money(client: TestClient) -> None:
    page: dict[str, Any] = context(client, "/strategy?period=2026-01")
    cards = {card.objective.text: card for band in page["bands"] for card in band.objectives}
    assert list(cards) == ["Problems are solved at once", "Work is lean"]
    board = context(client, "/?period=2026-01")["perspectives"]
    assert cards["Problems are solved at once"].verdict.mark == board[0].objectives[0].verdict.mark
    (link,) = cards["Work is lean"].leads_to
    assert link.target.href == "#o-solved"
    assert link.told.startswith(("Not seen: less than a moderate link after 5 days (", "Cannot tell ("))
    assert [w.text for w in cards["Work is lean"].watches] == ["Cost"]
    (goal,) = page["goals"]
    assert (goal.by, goal.reach, goal.figure.period) == ("31 Dec 2027", "≥ 90%", "January 2026")
    (work,) = page["initiatives"]
    assert work.spent.summary == "3,000 of 9,000 spent"
    text = client.get("/strategy").text
    assert text.count('class="box') == 2
    assert 'id="o-lean"' in text


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/strategy?unit=north", "/strategy?period=2025-11&unit=south"])
def test_a_unit_and_a_period_stay_in_the_addresses(client: TestClient, path: str) -> None:
    text = client.get(path).text
    assert "unit=" in text
    assert client.get("/strategy?period=nonsense").status_code == 404
