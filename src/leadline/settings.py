"""What the environment decides: where the ledger is and how much of the machine a run may use.

Secrets live here and nowhere else, so nothing here prints them: a field marked `repr=False` stays out of every log.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from leadline.errors import LeadlineError, suggest
from leadline.secret import VARIABLE

PREFIX = "LEADLINE_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `LEADLINE_*` can say; an empty text or None means that Leadline chooses.

    ledger: SQLAlchemy URL of the ledger, empty = SQLite inside the project. May hold a password.
    memory_limit: memory of one DuckDB instance, as `2GB`; empty = 40 % of the machine's.
    threads: threads of one DuckDB instance; None = one per core.
    max_temp_directory_size: what one instance may spill, as `20GB`; empty = half of the free disk.

    Instances that load files side by side count as one: they share all three.
    warehouse: URL of PostgreSQL or Spark, where the project's warehouse is one of them. May hold a password.
    secrets_file: file of the secrets that definitions name, empty = `.leadline/secrets.yaml`; one secret may also be
        LEADLINE_SECRET_<NAME>, see secret.py.
    token: an API token: commands act as its account, within its scopes. Empty = as the machine's user.
    """

    ledger: str = field(default="", repr=False)
    memory_limit: str = ""
    threads: int | None = None
    max_temp_directory_size: str = ""
    warehouse: str = field(default="", repr=False)
    secrets_file: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables LEADLINE_LEDGER, LEADLINE_THREADS, ...

        Raises:
            LeadlineError: a variable is misspelt or its value cannot be used; the message never shows the value.
        """
        known = {PREFIX + f.name.upper(): f.name for f in fields(cls)}
        given = {k: v for k, v in environment.items() if k.startswith(PREFIX) and not k.startswith(VARIABLE)}
        short = [name.removeprefix(PREFIX) for name in known]
        for name in given.keys() - known.keys():
            if suggest(name.removeprefix(PREFIX), short):  # a slip of the hand; others may be somebody else's
                raise LeadlineError(
                    f"{name} is no setting.", code="setting", hint=f"There are {', '.join(sorted(known))}."
                )
        values = {known[name]: value for name, value in given.items() if name in known}
        threads = values.pop("threads", "")
        if threads and not (threads.isascii() and threads.isdigit() and int(threads) > 0):
            raise LeadlineError(
                "LEADLINE_THREADS is not a whole number above zero.",
                code="setting",
                hint="Give a number of threads, such as 4, or unset it.",
            )
        return cls(
            ledger=values.get("ledger", ""),
            memory_limit=values.get("memory_limit", ""),
            threads=int(threads) if threads else None,
            max_temp_directory_size=values.get("max_temp_directory_size", ""),
            warehouse=values.get("warehouse", ""),
            secrets_file=values.get("secrets_file", ""),
            token=values.get("token", "").strip(),
        )
