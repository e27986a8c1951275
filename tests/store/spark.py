"""A Spark cluster of our own for the length of a test run: a master, two workers, and a Connect server, on loopback.

Its programs come with PySpark, unpacked into `.venv-spark/server` by `make test`; the client that Leadline uses is
another package of the same name, and the tests run where that is: in `.venv-spark`.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""The programs live for a minute: they shall start quickly rather than run fast."""

PATIENCE = 300


def home() -> Path | None:
    """Find Spark's programs; None when they, Java, or the client that would speak to them are missing."""
    found = ROOT / ".venv-spark" / "server" / "pyspark"
    here = (found / "jars").is_dir() and shutil.which("java") and importlib.util.find_spec("pyspark")
    return found if here else None


@contextmanager
def cluster(*, quick: bool = True) -> Iterator[str]:
    """Start a cluster; give the address of its Connect server; stop everything at the end.

    One that is not `quick` takes longer to warm up, and is faster then.
    """
    programs = home()
    assert programs is not None
    with ExitStack() as running:
        options, memory = (SMALL, "768m") if quick else ("", "2g")
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="leadline-spark-")))
        environment = {
            **os.environ,
            "SPARK_HOME": str(programs),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(folder / "spill"),
            "SPARK_WORKER_DIR": str(folder / "work"),
            "SPARK_NO_DAEMONIZE": "1",
            "JAVA_TOOL_OPTIONS": options,
        }
        daemon = {**environment, "SPARK_DAEMON_MEMORY": "256m"}
        master_port, connect_port = _free_port(), _free_port()
        master = f"spark://127.0.0.1:{master_port}"
        deploy = [programs / "bin" / "spark-class"]
        program = _start(
            running, folder / "master.log", daemon,
            *deploy, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(master_port),
            "--webui-port", "0",
        )  # fmt: skip
        _wait_for(master_port, program, folder / "master.log")
        for n in range(2):
            _start(
                running, folder / f"worker{n}.log", daemon,
                *deploy, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "-c", "1", "-m", memory,
                "--webui-port", "0", master,
            )  # fmt: skip
        conf = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(connect_port),
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "1g",
            "spark.executor.memory": memory,
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.driver.extraJavaOptions": f"{options} -Dderby.system.home={folder}",
            "spark.executor.extraJavaOptions": options,
            "spark.sql.catalogImplementation": "in-memory",
        }
        program = _start(
            running, folder / "connect.log", environment,
            programs / "bin" / "spark-submit", "--master", master,
            *(word for name, value in conf.items() for word in ("--conf", f"{name}={value}")),
            "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
        )  # fmt: skip
        _wait_for(connect_port, program, folder / "connect.log")
        yield f"sc://127.0.0.1:{connect_port}"


def _start(
    running: ExitStack, log: Path, environment: Mapping[str, str], *command: str | Path
) -> "subprocess.Popen[bytes]":
    """Start a program, to be stopped at the end."""
    output = running.enter_context(log.open("wb"))
    words = [str(word) for word in command]
    program = subprocess.Popen(words, stdout=output, stderr=output, env=environment, cwd=log.parent)
    running.callback(_stop, program)
    return program


def _stop(program: "subprocess.Popen[bytes]") -> None:
    program.terminate()
    try:
        program.wait(timeout=20)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _wait_for(port: int, program: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until something listens, or say what the program said."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and program.poll() is None:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(log.read_text(errors="replace")[-2000:])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
