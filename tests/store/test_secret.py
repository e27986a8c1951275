"""Secrets come from the environment or a file of one's own, and are shown nowhere."""

from base64 import b64encode
from pathlib import Path

import pytest

from leadline.errors import LeadlineError
from leadline.secret import Secret, Secrets, redacted
from leadline.settings import Settings


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("crm: from-file-7712\nother: 0012\n")
    file.chmod(0o600)
    secrets = Secrets({"LEADLINE_SECRET_CRM": "from-environment-7712"}, file)
    assert secrets.get("crm").reveal() == "from-environment-7712"
    assert secrets.get("other").reveal() == "0012"


def test_a_missing_secret_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(LeadlineError, match="LEADLINE_SECRET_CRM") as missing:
        Secrets({}, tmp_path / "secrets.yaml").get("crm")
    assert missing.value.code == "no-secret"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("crm: hush-hush-81\n")
    file.chmod(mode)
    with pytest.raises(LeadlineError, match="chmod 600") as refused:
        Secrets({}, file).get("crm")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["- hush-44", "crm: [hush-44]", "crm: {a: hush-44}", "crm: 'hush-44", "\x00hush-44"]
)
def test_a_file_that_is_no_list_of_secrets_is_not_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(LeadlineError) as refused:
        Secrets({}, file).get("crm")
    assert "hush" not in str(refused.value)


def test_a_secret_shows_nothing_and_is_taken_out_of_texts() -> None:
    secret = Secret("p@ss wörd/1")
    assert (str(secret), repr(secret), f"{secret}", f"{[secret]}") == ("***", "***", "***", "[***]")
    encoded = b64encode("p@ss wörd/1".encode()).decode()
    text = redacted(f"a p@ss wörd/1 b p%40ss%20w%C3%B6rd%2F1 c p%40ss+w%C3%B6rd%2F1 d {encoded}")
    assert text == "a *** b *** c *** d ***"


def test_a_short_secret_is_taken_out_where_it_stands_alone() -> None:
    Secret("zq7")
    assert redacted("the token 'zq7' of zq7x") == "the token '***' of zq7x"


def test_names_of_secrets_are_no_misspelt_settings() -> None:
    settings = Settings.from_environment({"LEADLINE_SECRET_FILE": "x", "LEADLINE_SECRETS_FILE": "/s.yaml"})
    assert settings == Settings(secrets_file="/s.yaml")
