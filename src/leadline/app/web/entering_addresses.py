"""Addresses of the door."""

from leadline.app.web.trading_addresses import asking


class Entering:
    """Signing in and out."""

    def sign_in(self, **asked: str | None) -> str:
        """The door; asked: then."""
        return asking("/sign-in", asked)

    def sign_out(self) -> str:
        """Where the form that ends a session is sent."""
        return "/sign-out"
