"""Work items: declared states, forms, guards, timers, comments. The verbs are the door; the store keeps the events."""

from leadline.workflow.items import Item, item, items
from leadline.workflow.people import Nobody, People
from leadline.workflow.verbs import act, assign, attach, bind, comment, link, open_item, set_due

__all__ = [
    "Item",
    "Nobody",
    "People",
    "act",
    "assign",
    "attach",
    "bind",
    "comment",
    "item",
    "items",
    "link",
    "open_item",
    "set_due",
]
