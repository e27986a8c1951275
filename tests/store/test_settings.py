"""Settings come from the environment, a misspelt one is noticed, and none is shown."""

import pytest

from leadline.errors import LeadlineError
from leadline.settings import Settings


def test_without_variables_everything_is_chosen_by_leadline() -> None:
    assert Settings.from_environment({}) == Settings()


def test_every_field_has_its_variable() -> None:
    environment = {
        "LEADLINE_LEDGER": "postgresql://ann:hush@host/db",
        "LEADLINE_MEMORY_LIMIT": "3GB",
        "LEADLINE_THREADS": "4",
        "LEADLINE_MAX_TEMP_DIRECTORY_SIZE": "9GB",
        "LEADLINE_WAREHOUSE": "postgresql://ann:secret@host/db",
        "LEADLINE_SHARED_DATA": "somebody else's",
        "HOME": "/",
    }
    settings = Settings.from_environment(environment)
    assert settings == Settings(
        "postgresql://ann:hush@host/db", "3GB", 4, "9GB", "postgresql://ann:secret@host/db"
    )
    assert "hush" not in repr(settings)
    assert "secret" not in repr(settings)
    assert "3GB" in repr(settings)


@pytest.mark.parametrize("name", ["LEADLINE_LEGDER", "LEADLINE_THREAD", "LEADLINE_MEMORYLIMIT"])
def test_a_misspelt_variable_is_an_error_that_names_those_there_are(name: str) -> None:
    with pytest.raises(LeadlineError, match=name) as misspelt:
        Settings.from_environment({name: "hush"})
    assert "LEADLINE_LEDGER" in str(misspelt.value)
    assert "hush" not in str(misspelt.value)


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²", " 4"])
def test_threads_are_a_number_above_zero(value: str) -> None:
    with pytest.raises(LeadlineError, match="LEADLINE_THREADS"):
        Settings.from_environment({"LEADLINE_THREADS": value})
