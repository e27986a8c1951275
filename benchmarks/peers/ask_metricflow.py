"""Asks dbt MetricFlow: a dbt project with semantic models, parsed by dbt; MetricFlow writes the SQL, DuckDB runs it.

`mf query` would start dbt anew for each question and bring the answer as Python rows; here it is started once, and
answers are Arrow tables.
"""

from pathlib import Path
from typing import Any

import asking
import duckdb
import pyarrow as pa
import yaml
from dbt.cli.main import dbtRunner
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

PLACES = ("team", "centre", "region", "channel", "product", "country")
FIRST, DAYS = "2022-12-01", 1200


def column(metric: dict[str, Any], expression: str) -> str:
    """Give an expression that is null where a metric's condition does not hold."""
    return f"CASE WHEN {metric['where']} THEN {expression} END" if "where" in metric else expression


def measure(name: str, agg: str, expr: str, **more: Any) -> dict[str, Any]:
    """Give a measure."""
    return {"name": name, "agg": agg, "expr": expr, **more}


def measures(metric: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the measures that a metric is made of."""
    name = f"m_{metric['name']}"
    match metric["type"]:
        case "count":
            return [measure(name, "sum", column(metric, "1"))]
        case "share":
            one = f"CASE WHEN {metric['when']} THEN 1.0 ELSE 0.0 END"
            return [measure(name, "average", column(metric, one))]
        case "balance":
            one = f"CASE WHEN {metric['plus']} THEN 1.0 WHEN {metric['minus']} THEN -1.0 ELSE 0.0 END"
            return [measure(name, "average", column(metric, one))]
        case "mean" | "sum":
            agg = "average" if metric["type"] == "mean" else "sum"
            return [measure(name, agg, column(metric, metric["value"]))]
        case "ratio":
            return [
                measure(f"{name}_{side}", "sum", column(metric, metric[side]))
                for side in ("numerator", "denominator")
            ]
        case "distinct":
            return [measure(name, "count_distinct", column(metric, metric["entity"]))]
        case "quantile":
            exact = {"percentile": metric["quantile"], "use_discrete_percentile": False}
            return [measure(name, "percentile", column(metric, metric["value"]), agg_params=exact)]
        case other:
            raise AssertionError(other)


def metrics(metric: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the metrics: of a ratio also its two sides."""
    name = metric["name"]

    def simple(called: str) -> dict[str, Any]:
        return {
            "name": called, "label": called, "type": "simple", "type_params": {"measure": f"m_{called}"},
        }  # fmt: skip

    if metric["type"] != "ratio":
        return [simple(name)]
    sides = [f"{name}_numerator", f"{name}_denominator"]
    over = {"name": name, "label": name, "type": "ratio",
            "type_params": {"numerator": sides[0], "denominator": sides[1]}}  # fmt: skip
    return [*(simple(side) for side in sides), over]


def write_project(folder: Path) -> None:
    """Write the dbt project."""
    models = folder / "models"
    models.mkdir(parents=True)
    asked = asking.definitions()
    facts = sorted({metric["of"] for metric in asked})
    documents: dict[str, Any] = {
        "models": [{
            "name": "days", "time_spine": {"standard_granularity_column": "day"},
            "columns": [{"name": "day", "granularity": "day"}],
        }],
        "semantic_models": [
            {
                "name": f"of_{fact}", "model": f"ref('{fact}')", "defaults": {"agg_time_dimension": "moment"},
                "entities": [{"name": fact, "type": "primary", "expr": "id"}],
                "dimensions": [
                    {"name": "moment", "type": "time", "type_params": {"time_granularity": "day"}},
                    *({"name": place, "type": "categorical"} for place in PLACES),
                ],
                "measures": [m for metric in asked if metric["of"] == fact for m in measures(metric)],
            }
            for fact in facts
        ],
        "metrics": [m for metric in asked for m in metrics(metric)],
    }  # fmt: skip
    (models / "asked.yml").write_text(yaml.safe_dump(documents, sort_keys=False), encoding="utf-8")
    for fact in facts:
        (models / f"{fact}.sql").write_text(f"from main.{fact}\n", encoding="utf-8")
    (models / "days.sql").write_text("from main.days\n", encoding="utf-8")
    project = {"name": "asked", "version": "1.0", "profile": "asked", "model-paths": ["models"],
               "flags": {"send_anonymous_usage_stats": False}}  # fmt: skip
    profile = {"asked": {"target": "here", "outputs": {"here": {
        "type": "duckdb", "path": asking.database(), "schema": "main", "threads": 1,
    }}}}  # fmt: skip
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project), encoding="utf-8")
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def prepare() -> asking.Answer:
    """Write the project, let dbt parse it, and give MetricFlow's engine; facts are read where they are."""
    folder = asking.folder() / "project"
    write_project(folder)
    parsed = dbtRunner().invoke(
        ["parse", "--quiet", "--project-dir", str(folder), "--profiles-dir", str(folder)]
    )
    assert parsed.success, parsed.exception
    configuration = CLIConfiguration()
    configuration.setup(folder, folder, configure_file_logging=False)
    engine = configuration.mf
    connection = duckdb.connect(asking.database())

    def answer(question: asking.Question) -> pa.Table:
        fact, asked = question["fact"], dict(asking.columns(question))
        request = MetricFlowQueryRequest.create(
            metric_names=question["metrics"],
            group_by_names=["metric_time__day", *(f"{fact}__{name}" for name in asked.values())],
        )
        sql = engine.explain(request).sql_statement.sql
        table = connection.cursor().sql(sql).to_arrow_table()
        wanted = ["metric_time__day", *(f"{fact}__{name}" for name in asked.values()), *question["metrics"]]
        return table.select(wanted).rename_columns(["day", *asked, *question["metrics"]])

    return answer


if __name__ == "__main__":
    asking.run(prepare)
