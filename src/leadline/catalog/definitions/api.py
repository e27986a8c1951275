"""`api:` records of a REST API."""

from typing import Annotated

from pydantic import Field

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import Lands


class Api(Lands):
    """Records that a REST API lists at an address; `secret` names the token that it asks for."""

    url: Annotated[str, Field(min_length=1)]
    secret: Name | None = None
