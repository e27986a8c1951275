"""Which engine a project has, by the word behind `warehouse:`; a driver is loaded when its engine is asked for."""

from pathlib import Path
from typing import Literal, get_args

from leadline.errors import StoreError
from leadline.settings import Settings
from leadline.store.engine import Engine
from leadline.store.engines.duckdb import DuckDBEngine

Warehouse = Literal["duckdb", "postgres", "spark"]
SCHEMES: dict[str, tuple[str, ...]] = {"postgres": ("postgresql://", "postgres://"), "spark": ("sc://",)}


def open_engine(warehouse: str, home: Path, settings: Settings, project: str) -> Engine:
    """Open a project's warehouse: embedded in `home`, or at the address in LEADLINE_WAREHOUSE.

    Raises:
        StoreError: there is no such engine, its address or driver is missing, or it cannot be reached.
    """
    if warehouse not in get_args(Warehouse):
        raise StoreError(
            f"There is no warehouse {warehouse!r}.",
            code="store-warehouse",
            hint=f"In leadline.yaml, choose from {', '.join(get_args(Warehouse))}.",
        )
    if warehouse == "duckdb":
        return DuckDBEngine(home, settings)
    if not settings.warehouse.startswith(SCHEMES[warehouse]):
        raise StoreError(
            f"LEADLINE_WAREHOUSE does not say where {warehouse} is.",
            code="store-warehouse",
            hint=f"Set it to an address that begins with {SCHEMES[warehouse][0]}; it never stands in a file.",
        )
    try:
        return _opened(warehouse, home, settings, project)
    except ImportError:
        raise StoreError(
            f"The driver for {warehouse} is not installed.",
            code="store-driver",
            hint=f"Install it with: pip install 'leadline[{warehouse}]'",
        ) from None


def _opened(warehouse: str, home: Path, settings: Settings, project: str) -> Engine:
    if warehouse == "spark":
        from leadline.store.engines.spark import SparkEngine  # noqa: PLC0415 an extra: it may be missing

        return SparkEngine(home, settings.warehouse)
    from leadline.store.engines.postgres import PostgresEngine  # noqa: PLC0415 same

    return PostgresEngine(settings.warehouse, project)
