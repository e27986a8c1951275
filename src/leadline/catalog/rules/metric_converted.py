"""Values are given in what can be converted, and amounts in several currencies are not added up as they stand."""

import re
from collections.abc import Iterator

from leadline.catalog import facts
from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Fact, Money, Ratio, Valued
from leadline.catalog.problems import Problem
from leadline.catalog.units_of_measure import alike, convertible
from leadline.errors import suggest

_CODE = re.compile(r"^[A-Z]{3}\b")
_LITERAL = re.compile(r"^\s*'[^']*'\s*$")
RATES = "exchange_rate"


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find units of measure without a factor, currencies without a column or rates, and sums over mixed currencies."""
    for metric in catalog.metrics.values():
        fact = catalog.facts.get(metric.of) if isinstance(metric, Valued) else None
        if fact is None or not isinstance(metric, Valued):
            continue
        if metric.money is not None:
            yield from _money(catalog, metric, metric.money, fact)
        elif isinstance(metric.given_in, str):
            yield from _measure(catalog, metric, metric.given_in)
        else:
            yield from _mixed(catalog, metric, fact)


def _measure(catalog: Catalog, metric: Valued, given: str) -> Iterator[Problem]:
    place = catalog.place(metric, "given_in")
    if not convertible(given, metric.measured_in):
        known = alike(given)
        hint = f"{given} become {', '.join(k for k in known if k != given)}." if known else (
            "Convertible are seconds, minutes, hours, days; percent and fraction; and `{currency: column}`."
        )  # fmt: skip
        yield Problem(
            "error", "not-convertible", f"What is given in {given!r} cannot be shown in {metric.measured_in!r}.",
            place, hint,
        )  # fmt: skip
    elif isinstance(metric, Ratio) and metric.measured_in == "percent":
        yield Problem(
            "error", "not-convertible", "A ratio measured in percent is a fraction times 100 already.", place,
            "Leave `given_in` out.",
        )  # fmt: skip


def _money(catalog: Catalog, metric: Valued, money: Money, fact: Fact) -> Iterator[Problem]:
    columns = facts.scope(fact, catalog.facts).columns
    place = catalog.place(metric, "given_in", "currency")
    if money.currency not in columns:
        yield Problem(
            "error", "unknown-column", f"There is no column {money.currency!r} in the fact {fact.name!r}.", place,
            suggest(money.currency, columns),
        )  # fmt: skip
    elif columns[money.currency] != "text":
        yield Problem(
            "error", "wrong-column-type", f"A currency is a text, and {money.currency!r} is not.", place,
            "It holds what rates are kept by, such as USD.",
        )  # fmt: skip
    if money.to is None and not (_CODE.match(metric.measured_in) and len(metric.measured_in) == 3):
        yield Problem(
            "error", "not-convertible", f"{metric.measured_in!r} does not say into which currency amounts go.",
            catalog.place(metric, "given_in"), "Write `to: EUR` beside `currency`.",
        )  # fmt: skip
    if not any(source.fact == RATES for source in catalog.sources.values()):
        yield Problem(
            "warning", "nothing-loaded", f"No source loads {RATES!r}, so only amounts in the currency itself count.",
            catalog.place(metric, "given_in"), f"Write a source with `fact: {RATES}`.",
        )  # fmt: skip


def _mixed(catalog: Catalog, metric: Valued, fact: Fact) -> Iterator[Problem]:
    """Find amounts that are put together as they stand, where sources bring more than one currency."""
    if not _CODE.match(metric.measured_in):
        return
    used = {
        column
        for (kind, name, _), expression in catalog.expressions.items()
        if (kind, name) == ("metric", metric.name)
        for column in expression.columns
    }
    for name, column in fact.columns.items():
        named = name == "currency" or name.endswith("_currency")
        if not named or column.type != "text" or name in used:
            continue
        brought = {
            s.columns[name].strip()
            for s in catalog.sources.values()
            if s.fact == fact.name and name in s.columns
        }
        if len(brought) > 1 or not all(_LITERAL.match(text) for text in brought):
            yield Problem(
                "warning", "mixed-currencies", f"{metric.name!r} puts amounts together whose {name} may differ.",
                catalog.place(metric, "measured_in"),
                f"Write `given_in: {{currency: {name}}}`, or `where: {name} = '{metric.measured_in[:3]}'`.",
            )  # fmt: skip
