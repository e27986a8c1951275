"""`stream:` messages of a broker."""

from typing import Annotated

from pydantic import Field

from leadline.catalog.definitions.base import Name
from leadline.catalog.definitions.landing import Lands


class Stream(Lands):
    """Messages of one topic; `secret` names the broker's password, if it has one."""

    url: Annotated[str, Field(min_length=1)]
    topic: Annotated[str, Field(min_length=1)]
    secret: Name | None = None
