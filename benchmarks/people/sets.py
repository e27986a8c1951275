"""The public sets, each with the identity that a user would declare for it.

The declarations follow the examples that Splink's documentation gives for the same sets: the same comparisons, lists
and thresholds in Leadline's words. Nothing was fitted to the true persons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

FEBRL = """
kind: identity
name: who
of: person_record
values:
  given: {of: given_name, as: name}
  surname: {of: surname, as: name}
  number: {of: street_number}
  postcode: {of: postcode}
  born: {of: date_of_birth, as: date}
  insured: {of: soc_sec_id, as: digits}
likely:
  compare:
    - {of: [given], by: name}
    - {of: [surname], by: name}
    - {of: [born], by: date}
    - {of: [insured], grades: [same, damerau 2]}
    - {of: [number], by: exact, rare: true}
    - {of: [postcode], by: exact, rare: true}
  pairs: [[insured], [given], [surname], [born], [postcode]]
  learn: {on: [[born], [postcode]], certain: [[insured], [given, surname, born]], recall: 0.9, seed: 2}
"""
FAKE = """
kind: identity
name: who
of: person_record
values:
  given: {of: first_name, as: exact}
  surname: {of: surname, as: exact}
  born: {of: dob, as: date}
  city: {of: city, as: exact}
  email: {of: email, as: exact}
likely:
  compare:
    - {of: [given, surname], by: names, rare: [given, surname]}
    - {of: [born], by: date}
    - {of: [city], by: exact, rare: true}
    - {of: [email], by: email}
  pairs: [[given], [surname], [born], [email]]
  learn:
    on: [[born], [email], [given, surname]]
    certain: [[given, born levenshtein 1], [surname, born levenshtein 1], [given, surname levenshtein 2], [email]]
    recall: 0.7
    seed: 5
  match: {match}
"""
HISTORICAL = """
kind: identity
name: who
of: person_record
values:
  given: {of: first_name, as: exact}
  surname: {of: surname, as: exact}
  born: {of: dob, as: date}
  place: {of: birth_place, as: exact}
  postcode: {of: postcode_fake, as: exact}
  work: {of: occupation, as: exact}
  sector: {of: "substr(postcode_fake, 1, length(postcode_fake) - 2)", as: exact}
  district: {of: "split_part(postcode_fake, ' ', 1)", as: exact}
  area: {of: "regexp_extract(postcode_fake, '^[a-z]+')", as: exact}
  given2: {of: "substr(first_name, 1, 2)", as: exact}
  given3: {of: "substr(first_name, 1, 3)", as: exact}
  surname2: {of: "substr(surname, 1, 2)", as: exact}
  surname4: {of: "substr(surname, 1, 4)", as: exact}
  postcode2: {of: "substr(postcode_fake, 1, 2)", as: exact}
  postcode3: {of: "substr(postcode_fake, 1, 3)", as: exact}
  year: {of: "substr(dob, 1, 4)", as: exact}
likely:
  compare:
    - {of: [given, surname], by: names, rare: true}
    - {of: [born], by: date}
    - {of: [postcode], grades: [same, same sector, same district, same area]}
    - {of: [place], by: exact, rare: true}
    - {of: [work], by: exact, rare: true}
  pairs:
    - [given3, surname4]
    - [surname, born]
    - [given, born]
    - [postcode, given]
    - [postcode, surname]
    - [born, place]
    - [postcode3, born]
    - [postcode3, given]
    - [postcode3, surname]
    - [given2, surname2, year]
  learn:
    {on: [[given, surname], [born]], certain: [[given, surname, born], [given2, surname, postcode2], [born, postcode]],
     recall: 0.6, pairs: 10000000}
  match: {match}
"""


@dataclass(frozen=True, slots=True)
class People:
    """A set: its records as texts, the true person of each, the identity declared for it."""

    name: str
    records: pa.Table
    identity: str

    @property
    def true(self) -> Mapping[str, str]:
        """Give the true person of each record."""
        return dict(
            zip(self.records["record_id"].to_pylist(), self.records["cluster"].to_pylist(), strict=True)
        )


def febrl(folder: Path, number: int) -> People:
    """Give one of Febrl's sets; the true person is part of a record's name."""
    file = folder / "febrl" / f"dataset{number}.csv"
    rows = duckdb.sql("SELECT * FROM read_csv(?, all_varchar = true)", params=[str(file)]).to_arrow_table()
    rows = rows.rename_columns([name.strip() for name in rows.column_names])
    shaped = duckdb.sql(
        "SELECT trim(rec_id) AS record_id, regexp_extract(rec_id, 'rec-[0-9]+') AS cluster, "
        "COLUMNS(c -> c <> 'rec_id') FROM rows"
    ).to_arrow_table()
    return People(f"febrl{number}", shaped, FEBRL)


def fake_1000(folder: Path, match: float = 0.95) -> People:
    """Give Splink's set of a thousand records."""
    file = folder / "splink" / "fake_1000.csv"
    rows = duckdb.sql(
        "SELECT unique_id AS record_id, * EXCLUDE unique_id FROM read_csv(?, all_varchar = true)",
        params=[str(file)],
    ).to_arrow_table()
    return People("fake_1000", rows, FAKE.replace("{match}", str(match)))


def historical_50k(folder: Path, match: float = 0.95) -> People:
    """Give Splink's set of historical persons."""
    file = folder / "splink" / "historical_figures_with_errors_50k.parquet"
    rows = duckdb.sql(
        "SELECT unique_id AS record_id, * EXCLUDE unique_id FROM read_parquet(?)", params=[str(file)]
    ).to_arrow_table()
    return People("historical_50k", rows, HISTORICAL.replace("{match}", str(match)))
