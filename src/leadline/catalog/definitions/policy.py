"""`kind: policy`: what customers' data may be used for, on which ground, and who decides where nobody has spoken."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name
from leadline.catalog.definitions.fact import Classification

Basis = Literal[
    "consent", "legitimate_interest", "contract", "legal_obligation", "vital_interests", "public_task"
]
"""The lawful bases of GDPR Art. 6 (1). Only for the first two a customer's word decides: consent, and objection."""

Default = Literal["opt_in", "opt_out"]
"""Where a customer has said nothing: no right until consent is given, or a right until it is taken away."""


class Purpose(Model):
    """What data are used for, on which ground, and up to which classification.

    `withdrawal: past_rows_too` takes a customer's rows out of every figure from the next refresh on; `from_then_on`
    leaves those in whose instant lies before the withdrawal.
    """

    basis: Basis
    description: str | None = None
    may_use: Classification = "personal"
    withdrawal: Literal["past_rows_too", "from_then_on"] = "past_rows_too"

    @property
    def asks(self) -> bool:
        """Tell whether a customer's word decides."""
        return self.basis in {"consent", "legitimate_interest"}


class Jurisdiction(Model):
    """Where one law holds: the values of the policy's `jurisdiction` column, and what holds where nobody has spoken.

    A channel's default goes before its purpose's, and that before the jurisdiction's.
    """

    of: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    default: Default = "opt_in"
    purposes: dict[Name, Default] = Field(default_factory=dict)
    channels: dict[Name, dict[str, Default]] = Field(default_factory=dict)


class Policy(Definition):
    """The purposes of a project, and the rights of customers. A project has one.

    `jurisdiction` is the column of the fact `customer` that says which law holds for one, `elsewhere` what holds for
    the others; `withdrawal_reaches` is a column of it that an identity resolves (`person`): what one record of a person
    takes away is taken away for all of that person's records, and what one gives is given for itself alone;
    `without_customer` says what becomes of rows that name no customer; `unclassified` what columns are that
    nobody has classified. Every default is the strict one. Metrics that name no purpose serve the project's.
    """

    kind: Literal["policy"]
    purposes: Annotated[dict[Name, Purpose], Field(min_length=1)]
    jurisdiction: Name | None = None
    jurisdictions: dict[Name, Jurisdiction] = Field(default_factory=dict)
    elsewhere: Default = "opt_in"
    withdrawal_reaches: Name | None = None
    without_customer: Literal["left_out", "used"] = "left_out"
    unclassified: Classification = "personal"


def still(purpose: str) -> str:
    """Name the rows of customers who give a purpose the right at the refresh too; no purpose can be named so."""
    return f"{purpose}!"
