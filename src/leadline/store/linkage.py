"""Splink at work in a staging: the one place where a library is handed DuckDB itself.

It works on staged tables and can touch nothing else: the staging reads and writes no file, and its locks are closed.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from leadline.errors import LeadlineError, StoreError
from leadline.store.staging import Staging

if TYPE_CHECKING:
    from splink import Linker

Result = TypeVar("Result")


def with_linker(
    staging: Staging, table: str, settings: Mapping[str, Any], work: Callable[["Linker"], Result]
) -> Result:
    """Do work with a Splink linker over a staged table.

    Raises:
        StoreError: Splink is not installed (`store-driver`), or cannot do the work (`store-linkage`).
    """
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator  # noqa: PLC0415 - an extra: it may be missing
    except ImportError:
        raise StoreError(
            "Splink is not installed.",
            code="store-driver",
            hint="Install it with: pip install 'leadline[identity]'",
        ) from None
    with staging.lent() as connection, _quiet():
        api = DuckDBAPI(connection=connection)  # type: ignore[arg-type]  # only the store knows what is lent
        try:
            linker = Linker(
                api.register(table), SettingsCreator.from_path_or_dict(dict(settings)), log_level=None
            )
            return work(linker)
        except LeadlineError:
            raise
        except Exception as error:  # Splink raises its own, the driver's and plain ones
            first = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
            raise StoreError(f"Splink cannot do it: {first}.", code="store-linkage") from error
        finally:
            api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]  # Splink leaves it bare


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Splink's advice off the terminal: what matters of it is told in our words."""
    log = logging.getLogger("splink")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
