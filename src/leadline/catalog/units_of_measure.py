"""Units of measure: which are converted into each other by a fixed factor, and how they stand beside a number."""

MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"

_BEHIND = {"percent": "%", "fraction": "", "points": "", "count": "", "ratio": ""}
_BEFORE = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_SHORT = {"second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hour": "h", "hours": "h"}

_KINDS: tuple[dict[str, float], ...] = (
    {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0},
    {"percent": 1.0, "fraction": 100.0},
)


def convertible(given: str, wanted: str) -> bool:
    """Tell whether there is a factor between two units of measure."""
    return any(given in kind and wanted in kind for kind in _KINDS)


def alike(given: str) -> tuple[str, ...]:
    """Name the units of measure that one can be converted into, itself included; none if it is not known."""
    return next((tuple(kind) for kind in _KINDS if given in kind), ())


def factor(given: str, wanted: str) -> float:
    """Give what a number in one unit of measure must be multiplied by to be in another. Raises KeyError."""
    kind = next((kind for kind in _KINDS if given in kind), {})
    return kind[given] / kind[wanted]


def prefix(measured_in: str) -> str:
    """Give what stands before a number: the sign of a currency, or nothing."""
    return _BEFORE.get(measured_in, "")


def suffix(measured_in: str) -> str:
    """Give what stands behind a number, with the space between: `%`, ` s`, or nothing."""
    if measured_in in _BEFORE:
        return ""
    if measured_in in _BEHIND:
        return _BEHIND[measured_in]
    return f"{THIN}{_SHORT.get(measured_in, measured_in)}"


def placed(number: str, measured_in: str) -> str:
    """Put a number, which may begin with MINUS, and its unit of measure together: 72.4%, 184.4 s, €1.24m."""
    sign = prefix(measured_in)
    if sign and number.startswith(MINUS):
        return f"{MINUS}{sign}{number[1:]}"
    return f"{sign}{number}{suffix(measured_in)}"
