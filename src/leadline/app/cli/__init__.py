"""The command line. Exit codes: 0 done, 1 an error that the message explains, 2 wrong usage, 3 busy (try again)."""

import sys

from leadline.app.cli import output
from leadline.app.cli.commands import app
from leadline.errors import BusyError, LeadlineError


def main() -> None:
    """Run the command that the arguments name; every error a user may see becomes a message and an exit code."""
    try:
        app()
    except BusyError as error:
        output.failed(error, json_="--json" in sys.argv)
        sys.exit(3)
    except LeadlineError as error:
        output.failed(error, json_="--json" in sys.argv)
        sys.exit(1)
    except KeyboardInterrupt:
        output.err.print(
            "Interrupted. What was published before stays in force; run the command again to go on."
        )
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
