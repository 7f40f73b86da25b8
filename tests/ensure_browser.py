"""The page tests get a browser where that is possible; where it is not, they are skipped and the reason is said.

This never fails a run: a missing browser is for the page tests to notice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        try:
            subprocess.run(
                ["apt-get", "-qq", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=600,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            print(f"apt-get {command[0]} did not work ({type(problem).__name__}).", file=sys.stderr)
            return


if __name__ == "__main__":
    main()
