"""Addresses of the door and of accounts."""

from leadline.app.web.trading_addresses import asking


class Entering:
    """Signing in and out, the own account, people and access."""

    def sign_in(self, **asked: str | None) -> str:
        """The door; asked: then."""
        return asking("/sign-in", asked)

    def account(self) -> str:
        """The own account, and where its form is sent."""
        return "/account"

    def people(self) -> str:
        """Who has which role, and where the form that changes it is sent."""
        return "/people"

    def sign_out(self) -> str:
        """Where the form that ends a session is sent."""
        return "/sign-out"
