"""Page tests in a browser: the pages are served by the real server, on a free port, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from interfaces.web.app import create_app
from interfaces.web.page_source import PageSource
from interfaces.web.server import Server, listen
from tests.ensure_browser import HOW, browser


@contextmanager
def served(source: PageSource) -> Iterator[str]:
    """Yield the address at which the pages of a source are served."""
    server = Server(create_app(source), listen("127.0.0.1", 0, None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.address.rstrip("/")
    finally:
        server.stop()
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Yield a real browser, or skip and say how to get one."""
    found = browser()
    if found is None:
        pytest.skip(f"there is no browser; {HOW}")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield launched
        launched.close()
