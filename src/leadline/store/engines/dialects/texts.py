r"""Texts as values, as sources read them: wholly what they should be, or null; no engine's own idea of a number.

Each engine reads what a pattern admits; blanks around a value are allowed, `\s` meaning ASCII blanks.
"""

from collections.abc import Mapping

from sqlglot import exp

from leadline.store.engines.dialects.rewriting import filled, text

BLANKS = " \t\n\f\r"
_B = r"[ \t\n\f\r]*"
_YEAR = r"(000[1-9]|00[1-9][0-9]|0[1-9][0-9][0-9]|[1-9][0-9][0-9][0-9])"
_DATE = _YEAR + r"-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"

PATTERNS: Mapping[str, str] = {
    "integer": rf"^{_B}[+-]?[0-9]+(\.0*)?{_B}$",
    "number": rf"^{_B}[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{{1,4}})?{_B}$",
    "date": rf"^{_B}{_DATE}([T ]00:00(:00(\.0+)?)?)?{_B}$",
    "local": rf"^{_B}{_DATE}([T ]{_CLOCK})?{_B}$",
}
"""A date may have a time if that is midnight; a wall-clock time has no offset, and a date alone is its midnight."""

_TRUE = "'true', 't', 'yes', 'y', '1'"
_FALSE = "'false', 'f', 'no', 'n', '0'"
_BOOLEAN = f"CASE WHEN LOWER(TRIM(x)) IN ({_TRUE}) THEN TRUE WHEN LOWER(TRIM(x)) IN ({_FALSE}) THEN FALSE END"
_FINITE = "WHEN ABS(v) < 1e-307 THEN 0 WHEN ABS(v) <= 1.7976931348623157e308 THEN"

DUCKDB: Mapping[str, str] = {
    "integer": "CASE WHEN REGEXP_MATCHES(x, p) THEN TRY_CAST(SPLIT_PART(x, '.', 1) AS BIGINT) END",
    "number": f"CASE WHEN REGEXP_MATCHES(x, p) THEN CASE {_FINITE.replace('v', 'TRY_CAST(x AS DOUBLE)')} "
    "TRY_CAST(x AS DOUBLE) END END",
    "boolean": _BOOLEAN.replace("TRIM(x)", "TRIM(x, b)"),
    "date": "CASE WHEN REGEXP_MATCHES(x, p) THEN TRY_CAST(LEFT(TRIM(x, b), 10) AS DATE) END",
    "local": "CASE WHEN REGEXP_MATCHES(x, p) THEN TRY_CAST(TRIM(x, b) AS TIMESTAMP) END",
}

_WHOLE_IN_POSTGRES = "CAST(CASE WHEN x ~ p THEN SPLIT_PART(BTRIM(x, b), '.', 1) END AS NUMERIC)"
_NUMBER_IN_POSTGRES = "CAST(CASE WHEN x ~ p THEN BTRIM(x, b) END AS NUMERIC)"
_DAY_IN_POSTGRES = "CASE WHEN x ~ p THEN LEFT(BTRIM(x, b), 10) END"
_LAST_DAY = (
    f"CAST(SUBSTRING({_DAY_IN_POSTGRES}, 9, 2) AS INT) <= EXTRACT(DAY FROM MAKE_DATE("
    f"CAST(SUBSTRING({_DAY_IN_POSTGRES}, 1, 4) AS INT), CAST(SUBSTRING({_DAY_IN_POSTGRES}, 6, 2) AS INT), 1) "
    "+ INTERVAL '1 MONTH' - INTERVAL '1 DAY')"
)
POSTGRES: Mapping[str, str] = {
    "integer": f"CASE WHEN {_WHOLE_IN_POSTGRES} BETWEEN -9223372036854775808 AND 9223372036854775807 "
    f"THEN CAST({_WHOLE_IN_POSTGRES} AS BIGINT) END",
    "number": f"CASE {_FINITE.replace('v', _NUMBER_IN_POSTGRES)} CAST({_NUMBER_IN_POSTGRES} AS DOUBLE PRECISION) END",
    "boolean": _BOOLEAN.replace("TRIM(x)", "BTRIM(x, b)"),
    "date": f"CASE WHEN {_LAST_DAY} THEN CAST({_DAY_IN_POSTGRES} AS DATE) END",
    "local": f"CASE WHEN {_LAST_DAY} THEN CAST(BTRIM(x, b) AS TIMESTAMP) END",
}

SPARK: Mapping[str, str] = {
    "integer": "CASE WHEN x RLIKE p THEN TRY_CAST(SPLIT_PART(BTRIM(x, b), '.', 1) AS BIGINT) END",
    "number": f"CASE WHEN x RLIKE p THEN CASE {_FINITE.replace('v', 'TRY_CAST(BTRIM(x, b) AS DOUBLE)')} "
    "TRY_CAST(BTRIM(x, b) AS DOUBLE) END END",
    "boolean": _BOOLEAN.replace("TRIM(x)", "BTRIM(x, b)"),
    "date": "CASE WHEN x RLIKE p THEN TRY_CAST(LEFT(BTRIM(x, b), 10) AS DATE) END",
    "local": "CASE WHEN x RLIKE p THEN TRY_CAST(BTRIM(x, b) AS TIMESTAMP_NTZ) END",
}


def read(dialect: str, template: str, value: exp.Expr, target: str) -> exp.Expr:
    """Read a text as a value of a kind, in the words of a dialect's template."""
    return filled(dialect, template, x=value, p=text(PATTERNS.get(target, "")), b=text(BLANKS))
