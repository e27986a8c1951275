"""From a request as it is declared to one that can be made: its places are filled, secrets not among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from leadline.catalog.definitions.api import PLACE
from leadline.errors import SourceError


@dataclass(frozen=True, slots=True)
class Asked:
    """A request ready to be made: an address from the root or whole, its query, headers and body."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


def text(written: str, places: Mapping[str, str | None], *, in_path: bool = False) -> str | None:
    """Fill the places of a text; None when one of them has nothing yet."""
    lacking = [name for name in PLACE.findall(written) if places.get(name) is None]
    if lacking:
        return None

    def filled(name: str) -> str:
        given = str(places[name])
        return quote(given, safe="") if in_path else given

    return PLACE.sub(lambda found: filled(found[1]), written)


def needed(written: str, places: Mapping[str, str | None], *, in_path: bool = False) -> str:
    """Fill the places of a text, all of which are needed. Raises SourceError when one has nothing."""
    done = text(written, places, in_path=in_path)
    if done is None:
        lacking = next(name for name in PLACE.findall(written) if places.get(name) is None)
        raise SourceError(
            f"Nothing fills {{{lacking}}} in {written!r}.",
            code="api-place",
            hint="Write `begin` under `since`." if lacking == "since" else "Is it a field of every parent?",
        )
    return done


def body(written: Any, places: Mapping[str, str | None]) -> Any:
    """Fill the places of all texts of a body."""
    match written:
        case str():
            return needed(written, places)
        case dict():
            return {key: body(item, places) for key, item in written.items()}
        case list() | tuple():
            return [body(item, places) for item in written]
        case _:
            return written


def query(written: Mapping[str, str], places: Mapping[str, str | None]) -> dict[str, str]:
    """Fill the places of a query; a parameter whose place has nothing yet is left out."""
    filled = {key: text(item, places) for key, item in written.items()}
    return {key: item for key, item in filled.items() if item is not None}


def put(into: dict[str, Any], path: str, given: object) -> dict[str, Any]:
    """Give a copy of a body with a value at a dotted path."""
    first, _, rest = path.partition(".")
    below = into.get(first)
    return {**into, first: put(below if isinstance(below, dict) else {}, rest, given) if rest else given}
