"""Asks sidemantic: metrics with filters, as its documentation writes them; answers as Arrow tables."""

from typing import Any

import asking
import pyarrow as pa
from sidemantic import Dimension, Metric, Model, SemanticLayer


def measures(metric: dict[str, Any]) -> list[Metric]:
    """Say a metric in sidemantic's words."""
    name, filters = metric["name"], [metric["where"]] if "where" in metric else None
    match metric["type"]:
        case "count":
            return [Metric(name=name, agg="count", filters=filters)]
        case "share":
            one = f"CASE WHEN {metric['when']} THEN 1.0 ELSE 0.0 END"
            return [Metric(name=name, agg="avg", sql=one, filters=filters)]
        case "balance":
            one = f"CASE WHEN {metric['plus']} THEN 1.0 WHEN {metric['minus']} THEN -1.0 ELSE 0.0 END"
            return [Metric(name=name, agg="avg", sql=one, filters=filters)]
        case "mean" | "sum":
            agg = "avg" if metric["type"] == "mean" else "sum"
            return [Metric(name=name, agg=agg, sql=metric["value"], filters=filters)]
        case "ratio":
            parts = {side: f"{name}_{side}" for side in ("numerator", "denominator")}
            sums = [Metric(name=p, agg="sum", sql=metric[s], filters=filters) for s, p in parts.items()]
            return [*sums, Metric(name=name, type="ratio", **parts)]
        case "distinct":
            return [Metric(name=name, agg="count_distinct", sql=metric["entity"], filters=filters)]
        case "quantile":
            within = (
                f"QUANTILE_CONT(CASE WHEN {metric['where']} THEN {metric['value']} END, {metric['quantile']})"
            )
            return [Metric(name=name, sql=within, sql_is_complete=True)]
        case other:
            raise AssertionError(other)


def prepare() -> asking.Answer:
    """Define the facts."""
    layer = SemanticLayer(connection=f"duckdb:///{asking.database()}")
    facts: dict[str, list[Metric]] = {}
    for metric in asking.definitions():
        facts.setdefault(metric["of"], []).extend(measures(metric))
    for fact, metrics in facts.items():
        places = ("team", "centre", "region", "channel", "product", "country")
        dimensions = [Dimension(name="moment", type="time", sql="moment", granularity="day")]
        dimensions += [Dimension(name=place, type="categorical", sql=place) for place in places]
        layer.add_model(
            Model(name=fact, table=fact, primary_key="id", dimensions=dimensions, metrics=metrics)
        )

    def answer(question: asking.Question) -> pa.Table:
        fact, asked = question["fact"], dict(asking.columns(question))
        sql = layer.compile(
            metrics=[f"{fact}.{name}" for name in question["metrics"]],
            dimensions=[f"{fact}.moment__day", *(f"{fact}.{column}" for column in asked.values())],
        )
        table = layer.conn.cursor().sql(sql).to_arrow_table()
        return table.rename_columns(["day", *asked, *question["metrics"]])

    return answer


if __name__ == "__main__":
    asking.run(prepare)
