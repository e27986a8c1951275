"""Standardised values of records: what is compared is free of how it was typed. Trees for the embedded staging."""

from collections.abc import Mapping

from sqlglot import exp

from leadline.catalog.definitions.identity import Identity, Value
from leadline.ingest import conversions as c
from leadline.store.casts import as_type

SPACES = r"\s+"
ACCENTS: Mapping[str, str] = {"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe"}
"""Letters that are no letter with a mark, so that taking marks away leaves them."""


def column(name: str) -> str:
    """Name the staged column of a value."""
    return f"v_{name}"


def standardised(value: Value, raw: exp.Expr) -> exp.Expr:
    """Give a value as it is compared; null where nothing is left of it."""
    text = as_type(raw, "VARCHAR", dialect="duckdb")
    match value.as_:
        case "exact":
            return _filled(c.call("trim", text))
        case "text":
            return _filled(_spaced(_plain(text)))
        case "name":
            letters = c.call(
                "regexp_replace", _plain(text), c.text(r"[^\p{L}\p{N} ]+"), c.text(" "), c.text("g")
            )
            return _filled(_spaced(letters))
        case "email":
            bare = c.call("regexp_replace", c.call("lower", text), c.text(SPACES), c.text(""), c.text("g"))
            return c.when(c.matches(bare, r"[^@]+@[^@]+"), bare)
        case "phone":
            return _phone(text, value.country)
        case "digits":
            return _filled(_digits(text))
        case "date":
            forms = exp.array(*map(exp.Literal.string, value.forms))
            return exp.TryCast(
                this=c.call("coalesce", exp.TryCast(this=c.call("trim", text), to=_type("DATE"), safe=True),
                            c.call("try_strptime", c.call("trim", text), forms)),
                to=_type("DATE"), safe=True,
            )  # fmt: skip


def fingerprint(identity: Identity, table: str | None = None) -> exp.Expr:
    """Give what changes whenever a record's values do: a hash over all of them."""
    parts = [
        c.call(
            "coalesce",
            as_type(exp.column(column(name), table=table), "VARCHAR", dialect="duckdb"),
            c.text("\x1e"),
        )
        for name in identity.values
    ]
    return c.call("md5", c.call("concat_ws", c.text("\x1f"), *parts))


def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect="duckdb")


def _plain(text: exp.Expr) -> exp.Expr:
    """Lower case, without accents."""
    lowered = c.call("lower", c.call("nfc_normalize", text))
    for letter, plain in ACCENTS.items():
        lowered = c.call("replace", lowered, c.text(letter), c.text(plain))
    return c.call("strip_accents", lowered)


def _spaced(text: exp.Expr) -> exp.Expr:
    return c.call("trim", c.call("regexp_replace", text, c.text(SPACES), c.text(" "), c.text("g")))


def _filled(text: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=text, expression=c.text(""))


def _digits(text: exp.Expr) -> exp.Expr:
    return c.call("regexp_replace", text, c.text("[^0-9]+"), c.text(""), c.text("g"))


def _phone(text: exp.Expr, country: str | None) -> exp.Expr:
    """Digits with the country's code; `+` and `00` begin one. A number of fewer than six digits is none."""
    digits = _digits(text)
    abroad = c.call("regexp_matches", text, c.text(r"^\s*(\+|00)"))
    whole: exp.Expr = c.call("ltrim", digits, c.text("0"))
    if country is not None:
        at_home = c.call("concat", c.text(country), whole)
        whole = exp.Case(ifs=[exp.If(this=abroad, true=whole)], default=at_home)
    return c.when(exp.GTE(this=c.call("length", digits), expression=c.number(6)), whole)
