"""Texts, character by character, alike on every engine: letters changed one for one, parts by position.

Other engines change some letters into several (`ß` into `SS`) or by their neighbours (a final sigma); DuckDB never
does. The letters concerned are taken out of reach before, and put back after.
"""

import unicodedata
from functools import lru_cache

from sqlglot import exp

from leadline.store.engines.dialects.rewriting import filled, text

BLANKS = "".join(chr(c) for c in range(0x10000) if unicodedata.category(chr(c)) == "Zs")
"""What trim() takes away: Unicode's space separators; no tab, no line feed."""

_OUT_OF_REACH = 0x10F800
"""A private plane's end, where no text has letters."""

_LOWER = {
    "postgres": 'LOWER(TRANSLATE(x, f, t) COLLATE "und-x-icu") COLLATE "C"',
    "spark": "LOWER(TRANSLATE(x, f, t))",
}
_UPPER = {
    "postgres": 'TRANSLATE(UPPER(TRANSLATE(x, f, o) COLLATE "und-x-icu"), o, t) COLLATE "C"',
    "spark": "TRANSLATE(UPPER(TRANSLATE(x, f, o)), o, t)",
}
_PLACE = "CASE WHEN s > 0 THEN s - 1 WHEN s = 0 THEN -1 ELSE LENGTH(x) + s END"
_WINDOW = "SUBSTRING(x, GREATEST(l, 0) + 1, GREATEST(h - GREATEST(l, 0), 0))"


def lowered(dialect: str, value: exp.Expr) -> exp.Expr:
    """Make letters small."""
    return filled(dialect, _LOWER[dialect], x=value, f=text("Σİ"), t=text("σi"))


def raised(dialect: str, value: exp.Expr) -> exp.Expr:
    """Make letters capital."""
    several, away, single = _several()
    return filled(dialect, _UPPER[dialect], x=value, f=text(several), o=text(away), t=text(single))


@lru_cache(maxsize=1)
def _several() -> tuple[str, str, str]:
    """Give the letters whose capitals are several, where they are put meanwhile, and the one capital DuckDB gives."""
    several = [chr(c) for c in range(0x10000) if len(chr(c).upper()) > 1]
    single = [c.title() if len(c.title()) == 1 else c for c in several]
    single[several.index("ß")] = "ẞ"
    return "".join(several), "".join(chr(_OUT_OF_REACH + n) for n in range(len(several))), "".join(single)


def substring(dialect: str, integer: str, node: exp.Expr) -> exp.Expr:
    """substring(x, start[, length]): from the end if the start is negative, leftwards if the length is."""
    x, start, length = node.this, node.args["start"], node.args.get("length")
    if _written(start) > 0 and (length is None or _written(length) >= 0):
        return node
    cast = f"CAST(x AS {integer})"
    s = filled(dialect, cast, x=start)
    low = filled(dialect, _PLACE, x=x, s=s)
    if length is None:
        high = filled(dialect, "LENGTH(x)", x=x)
    else:
        n = filled(dialect, cast, x=length)
        low, high = (
            filled(dialect, "CASE WHEN n >= 0 THEN l ELSE l + n END", n=n, l=low),
            filled(dialect, "CASE WHEN n >= 0 THEN l + n ELSE l END", n=n, l=low),
        )
    return filled(dialect, _WINDOW, x=x, l=low, h=high)


def split_part(dialect: str, integer: str, node: exp.Expr) -> exp.Expr:
    """split_part(x, separator, part): an empty separator splits letters, part 0 is empty, negative ones count back."""
    x, separator, part = node.this, node.args["delimiter"], node.args["part_index"]
    n = filled(dialect, f"CAST(x AS {integer})", x=part)
    split = filled(dialect, "SPLIT_PART(x, s, n)", x=x, s=separator, n=n)
    if _written(part) > 0 and isinstance(separator, exp.Literal) and separator.name:
        return split
    place = filled(dialect, "CASE WHEN n > 0 THEN n ELSE LENGTH(x) + n + 1 END", x=x, n=n)
    letter = filled(dialect, "CASE WHEN p <= 0 THEN '' ELSE SUBSTRING(x, p, 1) END", x=x, p=place)
    template = "CASE WHEN n = 0 AND NOT x IS NULL AND NOT s IS NULL THEN '' WHEN s = '' THEN l ELSE q END"
    counted = filled(dialect, "SPLIT_PART(x, s, NULLIF(n, 0))", x=x, s=separator, n=n)
    return filled(dialect, template, x=x, s=separator, n=n, l=letter, q=counted)


def _written(node: exp.Expr) -> int:
    """Give a whole number that is written out, or -1."""
    return int(node.name) if isinstance(node, exp.Literal) and node.name.isdigit() else -1
