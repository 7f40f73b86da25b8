"""The pages in a real browser: readable on a telephone, usable by keyboard and without JavaScript, clean for axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.interfaces.web.conftest import served
from tests.interfaces.web.sample_pages import MemoryPages, clinic_id

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/?name=nobody",
    "/?country=XX",
    "/about",
    f"/clinics/{clinic_id(8)}",
    f"/clinics/{clinic_id(1)}",
    f"/clinics/{clinic_id(4)}",
    f"/clinics/{clinic_id(10)}",
    f"/clinics/{clinic_id(999)}",
)
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1600, "height": 900}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def current() -> Iterator[str]:
    with served(MemoryPages()) as address:
        yield address


@pytest.fixture(scope="module")
def behind() -> Iterator[str]:
    with served(MemoryPages().changed(behind_for=900.0)) as address:
        yield address


def open_page(chromium: Browser, address: str, **options: object) -> Page:
    context = chromium.new_context(**{"viewport": NARROW, **options})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(chromium: Browser, current: str, behind: str, scheme: str) -> None:
    context = chromium.new_context(viewport=WIDE, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()

    for address in [*(current + path for path in PAGES), behind + "/", f"{behind}/clinics/{clinic_id(8)}"]:
        page.goto(address)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(current)
    page.locator("summary").click()
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    context.close()


@pytest.mark.parametrize("width", [320, 360, 1600])
def test_nothing_scrolls_sideways(chromium: Browser, current: str, behind: str, width: int) -> None:
    page = open_page(chromium, current, viewport={"width": width, "height": 800})

    for address in [*(current + path for path in PAGES), behind]:
        page.goto(address)
        wanted = page.evaluate("document.documentElement.scrollWidth")
        assert wanted <= width, f"{address} wants {wanted} px"
    page.context.close()


def test_no_page_breaks_its_own_policy_or_asks_anybody_else(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))

    for path in PAGES:
        page.goto(current + path)

    assert [text for text in said if "Failed to load resource" not in text] == []
    assert {url for url in asked if not url.startswith(current + "/")} == set()
    page.context.close()


def test_keyboard_reaches_search_and_results_in_order_and_shows_where_it_is(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current)
    reached: list[str] = []

    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached[-1]

    wanted = ["Skip to the content", "name", "country", "category", "Search", "What the categories mean"]
    wanted.append(MemoryPages().clinics[0].entry.name)
    assert [name for name in reached if name in wanted] == wanted
    page.context.close()


def test_keyboard_alone_searches_and_opens_a_clinic_without_javascript(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current, java_script_enabled=False)

    page.locator("#name").focus()
    page.keyboard.type("Clinic 008")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?name=Clinic+008**")
    page.get_by_role("link", name="Clinic 008").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clinics/{clinic_id(8)}")

    assert page.get_by_role("heading", level=1).inner_text() == "Clinic 008, Graz"
    page.context.close()


def test_paging_works_without_javascript(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current, java_script_enabled=False)

    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="Next page").click()

    assert page.locator(".entry").count() == 10
    assert page.get_by_role("link", name="Next page").count() == 0
    page.get_by_role("link", name="First page").click()
    assert page.locator(".entry").count() == 25
    page.context.close()


def test_targets_are_large_enough_for_a_finger(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current)

    for target in page.locator("header a, input, select, button, summary, .entry a, .paging a").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 24, target.inner_text()
    page.context.close()


def test_print_leaves_out_what_only_a_screen_needs(chromium: Browser, current: str) -> None:
    page = open_page(chromium, current)

    page.emulate_media(media="print")

    assert not page.locator("form.search").is_visible()
    assert not page.get_by_role("navigation", name="Site").is_visible()
    assert page.locator(".simulated").is_visible()
    assert page.locator(".stamp").is_visible()
    page.context.close()
