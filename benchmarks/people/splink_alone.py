"""Splink alone, with the settings of the examples in its own documentation (docs/demos/examples/duckdb, release 5)."""

from typing import Any

AGREE = "l.{0} = r.{0} AND levenshtein(r.dob, l.dob) <= 1"


def fake_settings() -> Any:
    """Comparisons of `accuracy_analysis_from_labels_column`."""
    import splink.comparison_library as cl  # noqa: PLC0415 - an extra
    from splink import SettingsCreator, block_on  # noqa: PLC0415 - same

    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(name) for name in ("first_name", "surname", "dob", "email")],
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )  # fmt: skip


def fake_training(training: Any) -> None:
    """Training of `accuracy_analysis_from_labels_column`."""
    from splink import block_on  # noqa: PLC0415 - an extra

    rules = [
        AGREE.format("first_name"),
        AGREE.format("surname"),
        "l.first_name = r.first_name AND levenshtein(r.surname, l.surname) <= 2",
        "l.email = r.email",
    ]
    training.estimate_probability_two_random_records_match(rules, recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=5)
    for rule in (block_on("dob"), block_on("email"), block_on("first_name", "surname")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )


def historical_settings() -> Any:
    """Comparisons of `deduplicate_50k_synthetic`."""
    import splink.comparison_library as cl  # noqa: PLC0415 - an extra
    from splink import SettingsCreator, block_on  # noqa: PLC0415 - same

    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )  # fmt: skip


def historical_training(training: Any) -> None:
    """Training of `deduplicate_50k_synthetic`, seeded."""
    from splink import block_on  # noqa: PLC0415 - an extra

    rules = [
        block_on("first_name", "surname", "dob"),
        block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
        block_on("dob", "postcode_fake"),
    ]
    training.estimate_probability_two_random_records_match(rules, recall=0.6)
    training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
        )


def many_settings() -> Any:
    """The comparisons that are declared for `many` people, in Splink's words."""
    import splink.comparison_library as cl  # noqa: PLC0415 - an extra
    from splink import SettingsCreator, block_on  # noqa: PLC0415 - same

    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("email"), block_on("phone"), block_on("surname", "dob"), block_on("first_name", "dob"),
            block_on("surname", "postcode"),
        ],
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.EmailComparison("email"),
            cl.ExactMatch("phone"),
            cl.ExactMatch("postcode"),
        ],
    )  # fmt: skip


def many_training(training: Any) -> None:
    """The learning that is declared for `many` people, in Splink's words."""
    from splink import block_on  # noqa: PLC0415 - an extra

    rules = [block_on("email"), block_on("phone", "surname"), block_on("first_name", "surname", "dob")]
    training.estimate_probability_two_random_records_match(rules, recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("email"), block_on("surname", "dob")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=1e6, record_sample_proportion=1.0
        )
