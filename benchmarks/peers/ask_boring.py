"""Asks the Boring Semantic Layer: measures as ibis expressions, by hand; answers as Arrow tables."""

from collections.abc import Callable
from typing import Any

import asking
import ibis
import pyarrow as pa
from boring_semantic_layer import time_dimension, to_semantic_table

Measure = Callable[[Any], Any]


def handled(t: Any) -> Any:
    """Give the seconds that a contact took."""
    return t.talk + t.hold + t.wrap


def share(when: Any, where: Any = None) -> Any:
    """Give the share of rows for which `when` holds, of those for which `where` does."""
    return when.ifelse(1.0, 0.0).mean(where=where)


MEASURES: dict[str, dict[str, Measure]] = {
    "contact": {
        "contacts": lambda t: t.count(),
        "answered_share": lambda t: share(t.answered),
        "abandoned_share": lambda t: share(~t.answered),
        "service_level_20": lambda t: share(t.answered & (t.wait <= 20)),
        "service_level_60": lambda t: share(t.answered & (t.wait <= 60)),
        "resolved_share": lambda t: share(t.resolved, t.answered),
        "transfer_share": lambda t: share(t.transfers > 0, t.answered),
        "reopened_share": lambda t: share(t.reopened, t.resolved),
        "bot_share": lambda t: share(t.bot),
        "handle_mean": lambda t: handled(t).mean(where=t.answered),
        "wait_mean": lambda t: t.wait.mean(),
        "hold_mean": lambda t: t.hold.mean(where=t.answered),
        "transfers_mean": lambda t: t.transfers.mean(where=t.answered),
        "handled_time": lambda t: handled(t).sum(where=t.answered),
        "cost_total": lambda t: t.cost.sum(),
        "cost_per_resolved": lambda t: t.cost.sum() / t.resolved.ifelse(1, 0).sum().nullif(0),
        "wrap_share": lambda t: t.wrap.sum(where=t.answered) / handled(t).sum(where=t.answered).nullif(0),
        "handle_p90": lambda t: handled(t).quantile(0.9, where=t.answered),
        "active_customers": lambda t: t.customer.nunique(),
    },
    "answer": {
        "answers": lambda t: t.count(),
        "nps": lambda t: (t.nps >= 9).ifelse(1.0, 0.0).mean() - (t.nps <= 6).ifelse(1.0, 0.0).mean(),
        "csat": lambda t: share(t.csat >= 4),
        "csat_mean": lambda t: t.csat.mean(),
        "ces": lambda t: t.ces.mean(),
    },
    "purchase": {
        "revenue": lambda t: t.amount.sum(where=~t.cancelled),
        "order_value": lambda t: t.amount.mean(where=~t.cancelled),
        "cancelled_share": lambda t: share(t.cancelled),
        "margin": lambda t: (
            (t.amount - t.cost).sum(where=~t.cancelled) / t.amount.sum(where=~t.cancelled).nullif(0)
        ),
    },
}
PLACES: dict[str, Measure] = {
    "team": lambda t: t.team, "centre": lambda t: t.centre, "region": lambda t: t.region,
    "channel": lambda t: t.channel, "product": lambda t: t.product, "country": lambda t: t.country,
}  # fmt: skip


def prepare() -> asking.Answer:
    """Define the facts."""
    connection = ibis.duckdb.connect(asking.database(), read_only=True)
    models = {
        fact: to_semantic_table(connection.table(fact), name=fact)
        .with_dimensions(
            moment=time_dimension(lambda t: t.moment, smallest_time_grain="TIME_GRAIN_SECOND"), **PLACES
        )
        .with_measures(**measures)
        for fact, measures in MEASURES.items()
    }

    def answer(question: asking.Question) -> pa.Table:
        asked = dict(asking.columns(question))
        query = models[question["fact"]].query(
            dimensions=["moment", *asked.values()], measures=question["metrics"], time_grain="TIME_GRAIN_DAY"
        )
        table = query.to_pyarrow().select(["moment", *asked.values(), *question["metrics"]])
        return table.rename_columns(["day", *asked, *question["metrics"]])

    return answer


if __name__ == "__main__":
    asking.run(prepare)
