"""Definitions of every kind: what is in force, in words and as written, with its neighbours and versions."""

from collections.abc import Mapping

from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import DefinitionIndexPage, DefinitionPage
from leadline.app.web.contexts.definitions import DefinitionLine
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import lives, work_lines
from leadline.app.web.views.governing import beside
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, targets
from leadline.catalog import graph
from leadline.catalog.definitions import KINDS, Definition, Fact
from leadline.errors import DefinitionError, suggest
from leadline.governance.ownership.verbs import ownership
from leadline.store import work_entries as w


def definitions(reading: Reading, asked: Asked) -> DefinitionIndexPage:
    """List every definition by kind. Facts of the shipped model that nothing uses are left out."""
    del asked
    found = _by_kind(reading)
    return DefinitionIndexPage(
        shell=shell(reading, say("definitions.title"), "definitions"),
        kinds=tuple(
            (say(f"kind.{kind}"), tuple(_line(reading, one) for one in found[kind].values()))
            for kind in KINDS
            if found.get(kind)
        ),
        beside=beside(""),
    )


def definition(reading: Reading, asked: Asked, kind: str, name: str) -> DefinitionPage:
    """Show one definition."""
    del asked
    one = _find(reading, kind, name)
    fact = one if isinstance(one, Fact) else None
    columns = fact.columns if fact else {}
    return DefinitionPage(
        shell=shell(reading, one.label, "definitions"),
        kind=say(f"kind.{kind}"),
        title=one.label,
        description=one.description or "",
        document=documents.document(reading.catalog, one),
        columns=tuple((name, column.type, column.description or "") for name, column in columns.items()),
        reads=tuple(documents.link(other) for other in graph.upstream(reading.catalog, one)),
        read_by=tuple(documents.link(other) for other in graph.downstream(reading.catalog, one)),
        versions=documents.versions(reading.versions(kind, name), reading.zone),
        history=Link(say("history.link"), to.history(kind, name)),
        owned=_owned(reading, one),
        alerts=lives.of_definition(reading, one),
        work=work_lines.box(reading, w.Link("definition", f"{kind}/{name}"), _opens(kind, name)),
    )


def _opens(kind: str, name: str) -> list[tuple[str, str]]:
    """Give what may be opened about a definition."""
    about = f"{kind}/{name}"
    return [
        ("work.retirement", to.work_open(workflow="retirement", definition=about)),
        ("work.more", to.work_open(definition=about)),
    ]


def _owned(reading: Reading, one: Definition) -> tuple[Link, str]:
    """Name who answers for a definition, and in which state that is."""
    with reading.ledger.read() as reader:
        found = ownership(reader, reading.catalog, one)
    names = ", ".join(found.standing.owners) or say("ownership.nobody")
    return Link(names, to.ownership(one.kind, one.name)), say(f"ownership.state.{found.state}")


def _find(reading: Reading, kind: str, name: str) -> Definition:
    found = {(one.kind, one.name): one for one in reading.catalog.definitions()}
    if (kind, name) not in found:
        near = suggest(name, (known for of, known in found if of == kind)) or suggest(kind, KINDS)
        raise DefinitionError(
            say("definition.unknown", kind=kind, name=name), code="unknown-definition", hint=near
        )
    return found[kind, name]


def _by_kind(reading: Reading) -> dict[str, Mapping[str, Definition]]:
    found: dict[str, dict[str, Definition]] = {}
    for one in reading.catalog.definitions():
        used = (
            not isinstance(one, Fact)
            or graph.upstream(reading.catalog, one)
            or graph.downstream(reading.catalog, one)
        )
        if used:
            found.setdefault(one.kind, {})[one.name] = one
    return dict(found)


def _line(reading: Reading, one: Definition) -> DefinitionLine:
    version = reading.published.versions.get((one.kind, one.name))
    number = say("definitions.version", version=version.version) if version else say("definitions.shipped")
    return DefinitionLine(documents.link(one), one.description or "", targets.owner(one), number)
