"""One session with a Spark Connect server; threads share it. A session that the server has ended is begun again.

No message shows the address: it may hold a token. What the client raises leaves as StoreError.
"""

import re
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import grpc
import pyarrow as pa
from pyspark.errors import PySparkException

from leadline.errors import LeadlineError, StoreError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pandas is newer than the client expects, and Leadline does not use it
    from pyspark.sql import types as t
    from pyspark.sql.connect.session import SparkSession

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Result = TypeVar("Result")

SETTINGS: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
"""What an administrator may have set otherwise, and figures or files would show."""

ENDED = ("INVALID_HANDLE", "SESSION_NOT_FOUND", "SESSION_CLOSED", "SESSION_CHANGED")
UNREADABLE = ("PATH_NOT_FOUND", "FAILED_READ_FILE", "FileNotFoundException")

SIMPLE: Mapping[pa.DataType, t.DataType] = {
    pa.string(): t.StringType(),
    pa.large_string(): t.StringType(),
    pa.bool_(): t.BooleanType(),
    pa.int8(): t.ByteType(),
    pa.int16(): t.ShortType(),
    pa.int32(): t.IntegerType(),
    pa.int64(): t.LongType(),
    pa.uint8(): t.ShortType(),
    pa.uint16(): t.IntegerType(),
    pa.uint32(): t.LongType(),
    pa.uint64(): t.DecimalType(20, 0),
    pa.float32(): t.FloatType(),
    pa.float64(): t.DoubleType(),
    pa.date32(): t.DateType(),
    pa.timestamp("us", tz="UTC"): t.TimestampType(),
    pa.timestamp("us"): t.TimestampNTZType(),
}


class Remote:
    """A session, and the views of files that were made in it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.RLock()
        self._views: dict[str, tuple[Sequence[Path], t.StructType]] = {}
        self._session: SparkSession | None = None
        self._begun()

    def view(self, name: str, files: Sequence[Path], columns: Sequence[tuple[str, pa.DataType]]) -> None:
        """Make a view of files that all have these columns."""
        fields = [t.StructField(column, _spark_type(kind)) for column, kind in columns]
        schema = t.StructType(fields)
        with self._lock:
            self._views[name] = (files, schema)
            self._try("The files cannot be read", lambda session: _make_view(session, name, files, schema))

    def files(self, name: str) -> Sequence[Path]:
        """Give the files behind a view."""
        return self._views[name][0]

    def read(self, text: str) -> pa.Table:
        """Run a query."""
        return self._try("The query cannot be run", lambda session: session.sql(text).toArrow())

    def write(self, text: str, folder: Path, check: Callable[[Sequence[str]], None]) -> None:
        """Let the cluster write a query's rows into a folder that is not there yet, once its columns were checked."""

        def written(session: SparkSession) -> None:
            rows = session.sql(text)
            check(rows.columns)
            rows.write.parquet(str(folder))

        self._try("The rows cannot be written", written)

    def interrupt(self) -> None:
        """End what other threads have the cluster do in this session."""
        with self._lock:
            session = self._session
        if session is not None:
            session.interruptAll()

    def close(self) -> None:
        """End the session."""
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                session.stop()

    @contextmanager
    def failing(self, doing: str) -> Iterator[None]:
        """Turn what is raised into a StoreError that says what was being done."""
        try:
            yield
        except LeadlineError:
            raise
        except (PySparkException, grpc.RpcError, pa.ArrowException, OSError) as error:
            raise _said(doing, error) from error

    def _try(self, doing: str, work: Callable[[SparkSession], Result]) -> Result:
        """Work in the session; in a new one, should the server have ended it meanwhile."""
        with self.failing(doing):
            try:
                return self._interruptible(work)
            except PySparkException as error:
                if not any(word in str(error) for word in ENDED):
                    raise
                with self._lock:
                    self._session = None
                return self._interruptible(work)

    def _interruptible(self, work: Callable[[SparkSession], Result]) -> Result:
        """Let Ctrl-C end the work on the cluster too."""
        session = self._begun()
        tag = uuid.uuid4().hex
        session.addTag(tag)
        try:
            return work(session)
        except KeyboardInterrupt:
            session.interruptTag(tag)
            raise
        finally:
            session.removeTag(tag)

    def _begun(self) -> SparkSession:
        """Give the session, begun anew with all its views if there is none."""
        with self._lock:
            if self._session is None:
                try:
                    session = _new_session(self._url)
                except (PySparkException, grpc.RpcError, OSError, ValueError):
                    raise StoreError(
                        "The warehouse's Spark Connect server cannot be reached.",
                        code="store-warehouse",
                        hint="See that it runs, and that LEADLINE_WAREHOUSE is sc://host:port.",
                    ) from None  # what the client says holds the address
                for name, (files, schema) in self._views.items():
                    _make_view(session, name, files, schema)
                self._session = session
            return self._session


def _new_session(url: str) -> SparkSession:
    """Begin a session with our settings; that one of them is old is no concern of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = SparkSession.builder.remote(url).create()
        try:
            for name, value in SETTINGS.items():
                session.conf.set(name, value)
        except BaseException:
            session.stop()
            raise
        return session


def _make_view(session: SparkSession, name: str, files: Sequence[Path], schema: t.StructType) -> None:
    rows: DataFrame = session.read.schema(schema).parquet(*map(as_it_stands, files))
    rows.createOrReplaceTempView(name)


def as_it_stands(file: Path) -> str:
    """Give a path as Spark reads it: it takes every path for a pattern, and a folder's name may look like one."""
    return _PATTERN.sub(r"\\\g<0>", str(file))


_PATTERN = re.compile(r"[\[\]{}*?\\]")


def _spark_type(kind: pa.DataType) -> t.DataType:
    """Give Spark's type for a column of a file.

    Raises:
        StoreError: Spark reads no such column.
    """
    if pa.types.is_decimal(kind):
        return t.DecimalType(kind.precision, kind.scale)
    if kind not in SIMPLE:
        raise StoreError(f"Spark reads no column of type {kind}.", code="store-columns")
    return SIMPLE[kind]


def _said(doing: str, error: BaseException) -> StoreError:
    words = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if any(word in str(error) for word in UNREADABLE):
        return StoreError(
            f"{doing}: a file that Spark should read is not there.",
            code="store-generation",
            hint="A newer state may have been published since: ask for the latest. Or Spark does not see the "
            "project's folder under the same path as this machine.",
        )
    return StoreError(f"{doing}: {words}.", code="store-engine")
