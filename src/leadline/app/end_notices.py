"""Messages to those who use a definition that ends: whose definitions stand on it is told at each step, in words.

They are written with the deed, in its transaction, as messages of a work item: who reads them finds what to do.
"""

from leadline.app.people import Company
from leadline.catalog import Catalog
from leadline.governance.lifecycle import Notice, dependants
from leadline.governance.ownership.verbs import accepted
from leadline.governance.timelines import Node, timeline
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Link, Wanted
from leadline.workflow import Item, item, items, open_item
from leadline.workflow.declared import find
from leadline.workflow.verbs import tell

WORKFLOW = "end_notice"


def tell_users(
    writer: LedgerWriter, catalog: Catalog, node: Node, *, why: str = "", found: Item | None = None
) -> None:
    """Tell who answers for a definition, and for what stands on it, how far its end is now.

    The messages are those of the item whose step it is, else of a notice that stays open until everybody has moved.
    """
    line = timeline(writer.effective.deeds(*node))
    users = dependants(catalog, node)
    told = Notice(*node, line.stage, line.ends, line.replaced_by, users)
    links = [
        Link("definition", f"{kind}/{name}") for kind, name in (node, *((d.kind, d.name) for d in users))
    ]
    people = Company(catalog, {}, accepted(writer, catalog))
    to = sorted({who for link in links for who in people.owners(link)})
    if not to:
        return
    if found is None:
        known = items(writer, Wanted(workflow=WORKFLOW, closed=False, link=links[0]))
        found = item(writer, known[0].number) if known else open_item(
            writer, find(catalog, WORKFLOW), title=f"{node[0]} {node[1]} comes to its end", people=people,
            fields={"why": why} if why else {}, links=links,
        )  # fmt: skip
    tell(writer, found, to, str(told))
