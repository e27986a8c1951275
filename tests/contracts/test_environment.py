"""The tool that prepares environments installs again exactly when what decides their content has changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts import tree
from tools import environment

LOCK = """\
# header
uv==1.2.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
uvicorn==9 \\
    --hash=sha256:cc
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


def test_one_package_is_cut_out_with_all_its_hashes(lock: Path) -> None:
    assert environment.block(lock, "uv").splitlines() == LOCK.splitlines()[1:4]
    assert environment.block(lock, "uvicorn").splitlines() == LOCK.splitlines()[4:]


def test_the_lock_pins_the_installer_itself() -> None:
    assert "--hash=sha256:" in environment.block(tree.ROOT / "requirements.lock", "uv")


def test_the_age_of_a_lock_decides_nothing_and_its_content_everything(lock: Path) -> None:
    before = environment.fingerprint([lock])
    os.utime(lock, (0, 0))
    assert environment.fingerprint([lock]) == before
    lock.write_text(LOCK.replace("aa", "ab"))
    assert environment.fingerprint([lock]) != before


def test_an_environment_that_is_as_it_should_be_is_left_alone(lock: Path, tmp_path: Path) -> None:
    (tmp_path / environment.STAMP).write_text(environment.fingerprint([lock]))
    environment.venv(tmp_path, [lock])
    assert sorted(path.name for path in tmp_path.iterdir()) == [environment.STAMP, lock.name]


@pytest.mark.thorough
def test_uv_is_told_the_index_that_only_pip_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://mirror.invalid/simple\ncert = /etc/own.pem\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE", "PIP_CERT", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    told = environment.settings_of_pip(Path(sys.executable))
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
    assert told["SSL_CERT_FILE"] == "/etc/own.pem"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.invalid/simple")
    assert (
        environment.settings_of_pip(Path(sys.executable))["UV_DEFAULT_INDEX"]
        == "https://other.invalid/simple"
    )


def test_what_nobody_here_may_install_is_named_with_the_command_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "administrator", lambda: None)
    monkeypatch.setitem(environment.PRESENT, "postgresql", lambda: False)
    with pytest.raises(
        environment.CannotPrepareError, match="apt-get install --no-install-recommends postgresql"
    ):
        environment.system(["postgresql"])


def test_ci_runs_what_a_person_runs() -> None:
    script = tree.text(Path(".ci/run")) or ""
    assert "exec make test" in script
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=tree.ROOT, check=False).returncode == 0
