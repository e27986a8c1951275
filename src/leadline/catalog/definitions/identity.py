"""`kind: identity`: which records of a fact are one person, one household, one account; certain, likely and never."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from leadline.catalog.definitions.base import Definition, ExpressionText, Model, Name

Standard = Literal["text", "exact", "name", "email", "phone", "date", "digits"]
"""How a value is standardised before it is compared; docs/identity.md says what each does."""

Grade = Annotated[
    str,
    Field(
        pattern=r"^(same( [a-z][a-z0-9_]{0,62})?|swapped|(jaro|jaro_winkler) 0\.\d{1,3}|(levenshtein|damerau) [1-9]"
        r"|within [1-9]\d{0,3} (day|month|year)s?)$"
    ),
]
"""How alike two values are, the best first: `same`, `jaro_winkler 0.92`, `within 1 month`, `same OTHER_VALUE` …"""

Alike = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]{0,62}( (jaro|jaro_winkler) 0\.\d{1,3}| (levenshtein|damerau) [1-9]"
        r"| within [1-9]\d{0,3} (day|month|year)s?)?$"
    ),
]
"""A value that is equal on both sides, or with a grade behind it alike enough: `surname`, `born levenshtein 1` …"""

Shipped = Literal["exact", "name", "names", "text", "email", "phone", "date", "code"]
Values = Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]
Likes = Annotated[tuple[Alike, ...], Field(min_length=1, strict=False)]
Probability = Annotated[float, Field(gt=0, lt=1, strict=False)]


class Value(Model):
    """One value of a record: an expression over the fact's own columns, standardised.

    `country`: the calling code of numbers written without one. `forms`: how dates are written, for texts.
    """

    of: ExpressionText
    as_: Standard = Field(default="text", alias="as")
    country: Annotated[str | None, Field(pattern=r"^[1-9]\d{0,2}$")] = None
    forms: tuple[str, ...] = Field(default=("%Y-%m-%d", "%Y%m%d"), strict=False)


class Certain(Model):
    """Records with all these values, each equal, are one. A value that more records share is no evidence."""

    name: Name
    values: Values
    at_most: Annotated[int, Field(ge=2, le=1000)] = 20


class Apart(Model):
    """Records that both have all these values, and differ in one of them, are never one."""

    name: Name
    values: Values


class Comparison(Model):
    """What is compared: one value, or several together.

    `rare`: agreeing in a rare value says more than in a common one. `true`: wherever values are equal; a list of
    values: where one of these alone is.
    """

    of: Values
    by: Shipped | None = None
    grades: tuple[Grade, ...] = Field(default=(), strict=False)
    rare: bool | Values = False

    @model_validator(mode="after")
    def _one_way(self) -> "Comparison":
        if (self.by is None) == (not self.grades):
            raise ValueError("a comparison says how by exactly one of `by` and `grades`")
        if not isinstance(self.rare, bool) and set(self.rare) - set(self.of):
            raise ValueError("`rare` names values of this comparison")
        return self

    def counts_rarity(self, equal: tuple[str, ...]) -> bool:
        """Tell whether it matters how rare the values are that are equal in a grade."""
        if isinstance(self.rare, bool):
            return self.rare and bool(equal)
        return len(equal) == 1 and equal[0] in self.rare

    @property
    def name(self) -> str:
        """Name it by its values."""
        return "_".join(self.of)


class Learning(Model):
    """How the weights are learned: `on` which pairs (each a list of values that agree), without any labels.

    `certain`, of which pairs nearly all are one, and `recall`, the share of all such that these find, give how likely
    two records taken at random are one; a value in `certain` may be alike instead of equal (`born levenshtein 1`).
    `pairs`: how many are looked at, at most. The same seed gives the same weights.
    """

    on: Annotated[tuple[Values, ...], Field(min_length=1, strict=False)]
    certain: Annotated[tuple[Likes, ...], Field(min_length=1, strict=False)]
    recall: Annotated[float, Field(gt=0, le=1, strict=False)] = 0.7
    pairs: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 1_000_000
    seed: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _one_equal(self) -> "Learning":
        if any(all(" " in value for value in values) for values in self.certain):
            raise ValueError(
                "each list under `certain` has a value that is equal, or every pair would be looked at"
            )
        return self


class Likely(Model):
    """Records that are one with some probability: `pairs` are looked at that agree in all values of one of the lists.

    At `match` or above two records are joined; from `review` to there a person is asked.
    """

    compare: Annotated[tuple[Comparison, ...], Field(min_length=1, strict=False)]
    pairs: Annotated[tuple[Values, ...], Field(min_length=1, strict=False)]
    learn: Learning
    match: Probability = 0.95
    review: Probability = 0.5
    most_pairs: Annotated[int, Field(ge=1000)] = 200_000_000
    """More pairs than these are refused before they are made: a list of values is too common."""

    @model_validator(mode="after")
    def _in_order(self) -> "Likely":
        if self.review > self.match:
            raise ValueError("`review` lies at `match` or below")
        return self


class Level(Model):
    """Persons that stand together: those with a record that shares all values of one of the rules."""

    same: Annotated[tuple[Certain, ...], Field(min_length=1, strict=False)]
    at_most: Annotated[int, Field(ge=2, le=100_000)] = 1000


class Identity(Definition):
    """Which records of the fact `of` are one. The fact gains the column `into`, and one of each level's name.

    `at_most`: a person of more records than that is not believed; the weakest links are put before a person.
    """

    kind: Literal["identity"]
    of: Name
    into: Name = "person"
    values: Annotated[dict[Name, Value], Field(min_length=1)]
    same: tuple[Certain, ...] = Field(default=(), strict=False)
    never: tuple[Apart, ...] = Field(default=(), strict=False)
    likely: Likely | None = None
    at_most: Annotated[int, Field(ge=2, le=10_000)] = 50
    levels: dict[Name, Level] = Field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that the fact gains: the person's, then each level's."""
        return (self.into, *self.levels)
