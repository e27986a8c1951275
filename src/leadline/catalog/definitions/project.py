"""`kind: project`: the document in leadline.yaml."""

from typing import ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Name
from leadline.catalog.definitions.governed import Governed
from leadline.catalog.definitions.sign_in import SignIn


class Project(Definition):
    """One company's definitions and where their figures are kept.

    The ledger is SQLite inside the project unless the environment variable LEADLINE_LEDGER holds a PostgreSQL
    URL. Where a warehouse other than DuckDB stands is in LEADLINE_WAREHOUSE. Connection strings carry secrets, and
    secrets never stand in YAML.
    """

    described_by: ClassVar[frozenset[str]] = Definition.described_by | {"governed", "sign_in"}

    kind: Literal["project"]
    time_zone: str = "UTC"
    calendar: Name | None = None
    currency: str | None = None
    warehouse: Literal["duckdb", "postgres", "spark"] = "duckdb"
    scorecard: Name | None = None
    purpose: Name | None = None
    """What figures are for, where a metric does not say."""
    ignore: tuple[str, ...] = Field(default=(), strict=False)
    """YAML files under the project's folder that are no definitions, as patterns: `notes/*.yaml`."""
    governed: Governed = Field(default_factory=dict)
    """Definitions that are computed as they are in force in the ledger, until a plan that changes them is applied:
    `metrics: all`, `scorecards: [board]`."""
    sign_in: SignIn | None = None
    """How people sign in by the company, read when pages begin to be served."""
