"""`webhook:` records that another system sends by itself."""

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import Lands


class Webhook(Lands):
    """Records that arrive signed; `secret` names what signs them."""

    secret: Name
