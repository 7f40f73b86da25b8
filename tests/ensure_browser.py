"""The page tests get a browser where that is possible; where it is not, they are skipped and the reason is said.

This never fails a run: a missing browser is for the page tests to notice.
"""

from __future__ import annotations

import os
import shutil
import subprocess

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IMPATIENT = ("-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10", "-o", "Acquire::Retries=1")
STEPS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("update",), 75),
    (("install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"), 180),
)
HOW = "get one with 'apt-get install chromium', or name yours in ICMS_TEST_BROWSER"


def browser() -> str | None:
    """Return the browser that the page tests use, or None."""
    return os.environ.get("ICMS_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)


def main() -> None:
    """Install Debian's chromium if there is no browser and we may."""
    if browser() is not None:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No browser for the page tests: installing Debian's chromium (apt-get) ...", flush=True)
        _install()
    if browser() is None:
        print(f"PAGE TESTS WILL BE SKIPPED: there is no browser; {HOW}.", flush=True)


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command, seconds in STEPS:
        try:
            subprocess.run(
                ["apt-get", "-qq", *IMPATIENT, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            print(f"apt-get {command[0]} did not work ({type(problem).__name__}).", flush=True)
            return


if __name__ == "__main__":
    main()
