"""The same rows give the same figures on every engine, whatever the rows, however they came in batches."""

import math
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.metrics.observation import Observation
from tests.metrics.test_laws import DOCUMENTS, figures, tables
from tests.metrics.warehouse import Warehouse, warehouse

SERVERS = ["postgres", pytest.param("spark", marks=pytest.mark.spark)]


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest):
    """Open a warehouse on a server as often as is asked for."""

    @contextmanager
    def open_(folder) -> Iterator[Warehouse]:
        with ExitStack() as opened:
            if request.param == "postgres":
                url = opened.enter_context(request.getfixturevalue("postgresql").database())
            else:
                url = request.getfixturevalue("spark_server")
            yield opened.enter_context(warehouse(folder, DOCUMENTS, engine=request.param, url=url))

    return open_


def agree(one: dict[object, Observation], other: dict[object, Observation]) -> None:
    """Values are equal to nine digits of the largest number that was added; intervals, made of squares, to six."""
    assert one.keys() == other.keys()
    for key, a in one.items():
        b = other[key]
        assert (a.n, a.status, a.method) == (b.n, b.status, b.method), key
        for x, y, digits in ((a.value, b.value, 9), (a.low, b.low, 6), (a.high, b.high, 6)):
            assert (x is None) == (y is None), (key, a, b)
            if x is not None and y is not None:
                assert math.isclose(x, y, rel_tol=10**-digits, abs_tol=10 ** (3 - digits)), (key, a, b)


@settings(
    max_examples=1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables, tables, st.integers())
def test_rows_give_the_same_figures_on_every_engine(tmp_path_factory, server, first, second, seed):
    shuffled = random.Random(seed).sample(second, len(second))
    with (
        warehouse(tmp_path_factory.mktemp("one"), DOCUMENTS) as embedded,
        server(tmp_path_factory.mktemp("two")) as other,
    ):
        other.publish({"row": {"b1": first}})
        published = other.publish({"row": {"b1": first, "b2": shuffled}})
        agree(figures(embedded.publish({"row": {"b1": first, "b2": second}})), figures(published))
