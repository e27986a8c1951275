"""Addresses of the door and of accounts."""

from leadline.app.web.trading_addresses import asking


class Entering:
    """Signing in and out, the own account, people and access."""

    def sign_in(self, **asked: str | None) -> str:
        """The door; asked: then."""
        return asking("/sign-in", asked)

    def sign_in_company(self, **asked: str | None) -> str:
        """Where signing in by the company begins; asked: then."""
        return asking("/sign-in/company", asked)

    def sign_out_company(self) -> str:
        """Where one signs out of the company as well."""
        return "/sign-in/company/out"

    def access(self, **asked: str | None) -> str:
        """Where access is asked for, and where that form is sent; asked: kind (a permission), unit."""
        return asking("/access", asked)

    def account(self) -> str:
        """The own account, and where its form is sent."""
        return "/account"

    def people(self) -> str:
        """Who has which role, and where the form that changes it is sent."""
        return "/people"

    def sign_out(self) -> str:
        """Where the form that ends a session is sent."""
        return "/sign-out"
