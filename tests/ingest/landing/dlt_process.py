"""A program that runs a real dlt pipeline: one run for each line of its input, `DESTINATION FOLDER DISPOSITION JSON`.

It is a process of its own, as a company's is; a run that is told to `break` is killed after its first data file.
"""

import json
import os
import sys
from pathlib import Path

os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
}

import dlt
from dlt.destinations import filesystem, sqlalchemy


def main() -> None:
    """Run what is asked for."""
    for line in sys.stdin:
        kind, folder, disposition, rows = line.split(" ", 3)
        place = Path(folder)
        where = (
            filesystem(bucket_url=place.as_uri())
            if kind != "sqlite"
            else sqlalchemy(f"sqlite:///{place}/crm.db")
        )
        pipeline = dlt.pipeline(
            "crm", destination=where, dataset_name="main" if kind == "sqlite" else "crm",
            pipelines_dir=str(place / "pipelines"),
        )  # fmt: skip
        pipeline.run(
            json.loads(rows), table_name="tickets", write_disposition=disposition, primary_key="id",  # type: ignore[arg-type]  # a text
            loader_file_format="parquet" if kind == "parquet" else None,
        )  # fmt: skip
        print("done", flush=True)  # noqa: T201 it is a program


if __name__ == "__main__":
    main()
