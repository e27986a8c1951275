"""Prepare what the Makefile needs: virtual environments from the locks, and Debian packages for the tests.

Runs on a bare python3 (standard library only); what is already there is left alone, so every call is cheap.

    python3 tools/environment.py venv .venv requirements.lock
    python3 tools/environment.py venv .venv-duckdb2 requirements.lock requirements-duckdb2.lock
    python3 tools/environment.py venv .venv-spark requirements.lock requirements-spark.lock
    python3 tools/environment.py programs .venv-spark/server requirements-spark-server.lock
    python3 tools/environment.py node .node-oidc tests/web/company_provider
    python3 tools/environment.py system chromium default-jre-headless libatomic1 mariadb-server postgresql
"""

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "leadline-stamp"
IDENTITY = (sys.base_prefix, *sys.version_info[:2])
PIP = (
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--root-user-action=ignore",
    "--no-deps",
)
UV_FROM_PIP = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
"""pip's settings that uv would ignore, and the variables that tell it the same."""

BROWSERS = ("chromium", "google-chrome", "google-chrome-stable")
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin/initdb"


class CannotPrepareError(Exception):
    """Something is missing that only the reader can provide; the message says what to do."""


def say(text: str) -> None:
    """Tell on standard error, so that a recipe's own output stays clean."""
    print(f"· {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, quiet: bool = False) -> bool:
    """Run `command` in the project's folder and tell whether it succeeded."""
    words = [str(word) for word in command]
    output = subprocess.DEVNULL if quiet else sys.stderr
    return subprocess.run(words, cwd=ROOT, env=env, stdout=output, check=False).returncode == 0


def holds(command: Sequence[str | Path]) -> bool:
    """Ask a question by running `command` without a word: yes is an exit code of 0."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == 0


# ------------------------------------------------------------------ virtual environments


def fingerprint(locks: Iterable[Path]) -> str:
    """Give a hash of all that decides an environment's content; the age of files plays no part."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = json.dumps([project["project"], project["build-system"]], sort_keys=True)
    texts = [lock.read_text(encoding="utf-8") for lock in locks]
    return hashlib.sha256("\0".join([declared, str(ROOT), repr(IDENTITY), *texts]).encode()).hexdigest()


def make_venv(folder: Path) -> None:
    """Create the virtual environment `folder` unless a working one of this Python stands there."""
    python = folder / "bin" / "python"
    same = f"import sys, pip; assert (sys.base_prefix, *sys.version_info[:2]) == {IDENTITY!r}"
    if python.exists() and holds([python, "-c", same]):
        return
    try:
        import ensurepip  # noqa: F401, PLC0415  # only its presence matters: Debian ships it apart from python3
    except ModuleNotFoundError:
        apt_install(["python{}.{}-venv".format(*IDENTITY[1:])])
    say(f"creating {folder.name} with Python {sys.version.split()[0]}")
    if not run([sys.executable, "-m", "venv", "--clear", folder]):
        raise CannotPrepareError(f"python3 -m venv {folder} failed; its message stands above.")


def block(lock: Path, package: str) -> str:
    """Cut the pinned, hashed requirement of `package` out of `lock`."""
    lines: list[str] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{package}==") or (lines and line.startswith(" ")):
            lines.append(line)
        elif lines:
            break
    return "\n".join(lines) + "\n"


def settings_of_pip(python: Path) -> dict[str, str]:
    """Give the environment for uv: the user's own, and what only pip's configuration says of indexes."""
    env = dict(os.environ)
    told = subprocess.run(
        [str(python), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    for line in told.splitlines():
        name, _, value = line.partition("=")
        variable = UV_FROM_PIP.get(name.rsplit(".", 1)[-1])
        if variable and not env.get("UV_INDEX_URL"):
            env.setdefault(variable, value.strip("'\""))
    return env


def install_with_uv(folder: Path, locks: Sequence[Path]) -> bool:
    """Install locks and project with uv, itself pinned in the first lock; tell whether it went well."""
    python, uv = folder / "bin" / "python", folder / "bin" / "uv"
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as wanted:
        wanted.write(block(locks[0], "uv"))
        wanted.flush()
        if not run([python, *PIP, "--require-hashes", "-r", wanted.name]):
            return False
    env = settings_of_pip(python)
    base: list[str | Path] = [uv, "--quiet", "--system-certs", "pip"]
    install = [*base, "install", "--python", python, "--no-deps"]
    steps = [[*base, "sync", "--python", python, "--require-hashes", locks[0]]]
    steps += [[*install, "--require-hashes", "-r", lock] for lock in locks[1:]]
    steps += [[*install, "--no-build-isolation", "--editable", ROOT]]
    return all(run(step, env=env) for step in steps)


def install_with_pip(folder: Path, locks: Sequence[Path]) -> None:
    """Install the locks and the project with pip alone: the same result, some minutes later."""
    install: list[str | Path] = [folder / "bin" / "python", *PIP]
    steps = [[*install, "--require-hashes", "-r", lock] for lock in locks]
    steps += [[*install, "--no-build-isolation", "--editable", ROOT]]
    if not all(run(step) for step in steps):
        raise CannotPrepareError(
            "The packages could not be installed; pip's message stands above. A package index must be "
            "reachable; pip's own configuration is respected."
        )


def venv(folder: Path, locks: Sequence[Path]) -> None:
    """Bring the virtual environment `folder` to what `locks` say (a later lock overrides an earlier one)."""
    stamp, wanted = folder / STAMP, fingerprint(locks)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    stamp.unlink(missing_ok=True)
    began = time.monotonic()
    make_venv(folder)
    say(f"installing into {folder.name} from {', '.join(lock.name for lock in locks)}")
    if not install_with_uv(folder, locks):
        say("uv is not to be had or failed: going on with pip, which takes some minutes")
        install_with_pip(folder, locks)
    stamp.write_text(wanted, encoding="utf-8")
    say(f"{folder.name} is ready ({time.monotonic() - began:.0f} s)")


def programs(folder: Path, lock: Path) -> None:
    """Unpack what `lock` names into `folder`: programs that are run, and not imported by anybody."""
    stamp, wanted = folder / STAMP, fingerprint([lock])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    began = time.monotonic()
    say(f"unpacking {lock.name} into {folder.name}")
    shutil.rmtree(folder, ignore_errors=True)
    python, uv = ROOT / ".venv" / "bin" / "python", ROOT / ".venv" / "bin" / "uv"
    hashed: list[str | Path] = ["--require-hashes", "-r", lock, "--target", folder]
    with_uv: list[str | Path] = [
        uv,
        "--quiet",
        "--system-certs",
        "pip",
        "install",
        "--python",
        python,
        "--no-deps",
    ]
    if not run([*with_uv, *hashed], env=settings_of_pip(python)) and not run([python, *PIP, *hashed]):
        raise CannotPrepareError(f"What {lock.name} names could not be unpacked; the message stands above.")
    stamp.write_text(wanted, encoding="utf-8")
    say(f"{folder.name} is ready ({time.monotonic() - began:.0f} s)")


def node(folder: Path, packages: Path) -> None:
    """Install what `packages` (package.json and its lock) names into `folder`: programs for Node that tests start."""
    locks = [packages / "package.json", packages / "package-lock.json"]
    stamp, wanted = folder / STAMP, fingerprint(locks)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    began = time.monotonic()
    if not shutil.which("npm"):
        apt_install(["nodejs", "npm"])
    say(f"installing {packages.name} into {folder.name}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for lock in locks:
        shutil.copy(lock, folder)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    if not run(["npm", "ci", *quiet, "--prefix", folder]):
        raise CannotPrepareError(
            "npm could not install what the tests start; its message stands above. A package registry must be "
            "reachable; npm's own configuration is respected."
        )
    stamp.write_text(wanted, encoding="utf-8")
    say(f"{folder.name} is ready ({time.monotonic() - began:.0f} s)")


# ------------------------------------------------------------------ Debian packages


def browser() -> str | None:
    """Give the Chromium that the tests drive: the machine's own, else the one that Playwright installed."""
    on_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    of_playwright = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return on_path or (str(of_playwright[-1]) if of_playwright else None)


def has_postgres() -> bool:
    """Tell whether PostgreSQL's server programs are here; a running server is not needed."""
    return bool(shutil.which("initdb") or list(Path("/").glob(POSTGRES_FOLDERS.lstrip("/"))))


def has_library(name: str) -> bool:
    """Tell whether a shared library is here: the smallest Debian leaves out some that the browser and PDFs need."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


ADMINISTRATORS = f"{os.environ.get('PATH', '')}:/usr/sbin"
"""Where programs are that only administrators have on their path."""

PRESENT: Mapping[str, Callable[[], bool]] = {
    "chromium": lambda: bool(browser()),
    "default-jre-headless": lambda: bool(shutil.which("java")),
    "kcat": lambda: bool(shutil.which("kcat")),
    "libatomic1": lambda: has_library("libatomic.so.1"),
    "libpango-1.0-0": lambda: has_library("libpango-1.0.so.0"),
    "libpangoft2-1.0-0": lambda: has_library("libpangoft2-1.0.so.0"),
    "mariadb-server": lambda: bool(shutil.which("mariadbd", path=ADMINISTRATORS)),
    "nodejs": lambda: bool(shutil.which("node")),
    "npm": lambda: bool(shutil.which("npm")),
    "nats-server": lambda: bool(shutil.which("nats-server", path=ADMINISTRATORS)),
    "postgresql": has_postgres,
    "redis-server": lambda: bool(shutil.which("redis-server")),
}
"""Debian package -> how to see that what it brings is already here."""


def administrator() -> list[str] | None:
    """Give the words before a command that make it run as root, or None where nobody may."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    return ["sudo"] if sys.stdin.isatty() or holds(["sudo", "-n", "true"]) else None


def apt_install(packages: Sequence[str]) -> None:
    """Install Debian packages, or say which ones the reader has to install."""
    by_hand = f"apt-get install --no-install-recommends {' '.join(packages)}"
    words = administrator()
    if words is None or not shutil.which("apt-get"):
        raise CannotPrepareError(f"Missing: {', '.join(packages)}. As root, run: {by_hand}")
    say(f"installing {', '.join(packages)} by apt-get")
    apt = [*words, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    run([*apt, "update"], quiet=True)  # a stale list may still do: the install below decides
    if not run([*apt, "install", "--yes", "--no-install-recommends", *packages], quiet=True):
        raise CannotPrepareError(f"apt-get failed; its message stands above. As root, try: {by_hand}")


def system(packages: Sequence[str]) -> None:
    """Install those of `packages` that are not here yet."""
    missing = [package for package in packages if not PRESENT[package]()]
    by_apt = [package for package in missing if package != "chromium" or not is_ubuntu()]
    if by_apt:
        apt_install(by_apt)
    if missing != by_apt:  # Ubuntu's chromium is a snap, which containers and servers cannot run
        playwright_chromium()
    for package in missing:
        if not PRESENT[package]():
            raise CannotPrepareError(f"{package} was installed, but what it brings is not to be found.")


def is_ubuntu() -> bool:
    """Tell whether this is Ubuntu or one of its family."""
    release = Path("/etc/os-release")
    return release.is_file() and "ubuntu" in release.read_text(encoding="utf-8").lower()


def playwright_chromium() -> None:
    """Install the Chromium that Playwright itself carries, with the libraries it needs."""
    install: list[str | Path] = [ROOT / ".venv" / "bin" / "playwright", "install", "--with-deps", "chromium"]
    say("installing Playwright's chromium")
    if not run(install):
        by_hand = " ".join(str(word) for word in install)
        raise CannotPrepareError(f"Missing: a browser for the tests. As root, run: {by_hand}")


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description="Prepare what the Makefile needs.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("venv", help="bring a virtual environment to what the locks say")
    make.add_argument("folder", type=lambda text: ROOT / text)
    make.add_argument("locks", nargs="+", type=lambda text: ROOT / text)
    unpack = verbs.add_parser("programs", help="unpack programs that a lock names into a folder")
    unpack.add_argument("folder", type=lambda text: ROOT / text)
    unpack.add_argument("locks", nargs=1, type=lambda text: ROOT / text)
    of_node = verbs.add_parser("node", help="install programs for Node that a lock names into a folder")
    of_node.add_argument("folder", type=lambda text: ROOT / text)
    of_node.add_argument("packages", type=lambda text: ROOT / text)
    need = verbs.add_parser("system", help="install Debian packages that are missing")
    need.add_argument("packages", nargs="+", choices=sorted(PRESENT))
    asked = parser.parse_args()
    try:
        if asked.verb == "venv":
            venv(asked.folder, asked.locks)
        elif asked.verb == "programs":
            programs(asked.folder, *asked.locks)
        elif asked.verb == "node":
            node(asked.folder, asked.packages)
        else:
            system(asked.packages)
    except CannotPrepareError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
