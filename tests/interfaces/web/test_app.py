"""Every public address: right status, right headers, a sound page, and a clear word when something is wrong."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from domain.errors import Unavailable
from interfaces.web.app import create_app
from interfaces.web.categories import CATEGORIES
from interfaces.web.page_source import ClinicAnswer, ListingAnswer, ListingQuery, ViewState
from interfaces.web.rendering import Site
from interfaces.web.security_headers import HEADERS
from tests.interfaces.web.page_checks import faults_of
from tests.interfaces.web.sample_pages import STATE, MemoryPages, clinic_id, sample_clinic

ANY_CLINIC = f"/clinics/{clinic_id(8)}"
ADDRESSES = {
    "/": "/",
    "/listing.json": "/listing.json",
    "/listing.csv": "/listing.csv",
    "/clinics/{clinic_id}.json": f"{ANY_CLINIC}.json",
    "/clinics/{clinic_id}": ANY_CLINIC,
    "/about": "/about",
    "/health": "/health",
    "/robots.txt": "/robots.txt",
    "/static/{name}": "/static/site.css",
}
PAGES = (
    "/",
    "/?name=clinic&country=PT&category=participates",
    "/?after=25",
    "/?name=nobody",
    "/about",
    ANY_CLINIC,
    f"/clinics/{uuid4()}",
    "/nowhere",
    "/?country=XX",
)
SOURCES = {
    "current": MemoryPages(),
    "behind": MemoryPages().changed(behind_for=300.0, head=50_000),
    "quarantined": MemoryPages().changed(quarantined=True),
    "real": MemoryPages().changed(simulated=False),
    "empty": MemoryPages(clinics=[]).changed(position=0, head=0, recorded_at=None),
}


def client_of(source: MemoryPages | Unreadable | Faulty) -> TestClient:
    return TestClient(create_app(source, site=Site(contact="registrar@example.org")), raise_server_exceptions=False)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with client_of(MemoryPages()) as started:
        yield started


class Unreadable:
    """A source whose database is away."""

    def search(self, query: ListingQuery) -> ListingAnswer:
        raise Unavailable

    def clinic(self, clinic_id: UUID, min_position: int | None) -> ClinicAnswer:
        raise Unavailable

    def state(self) -> ViewState:
        raise Unavailable


class Faulty(Unreadable):
    """A source with a defect."""

    def search(self, query: ListingQuery) -> ListingAnswer:
        raise RuntimeError("secret-detail")


def test_every_route_answers_with_its_headers(client: TestClient) -> None:
    routes = [route for route in create_app(MemoryPages()).routes if isinstance(route, Route)]

    for route in routes:
        answer = client.get(ADDRESSES[route.path])

        assert answer.status_code == 200, route.path
        assert HEADERS.items() <= dict(answer.headers).items(), route.path
        assert "cache-control" in answer.headers, route.path
        assert client.head(ADDRESSES[route.path]).status_code == 200, route.path
        assert client.post(ADDRESSES[route.path]).status_code == 405, route.path
        assert client.delete(ADDRESSES[route.path]).headers["allow"], route.path


@pytest.mark.parametrize("name", SOURCES)
def test_every_page_is_sound_html_that_runs_and_loads_nothing(name: str) -> None:
    client = client_of(SOURCES[name])

    for address in PAGES:
        page = client.get(address)

        assert page.headers["content-type"].startswith("text/html"), address
        assert faults_of(page.text) == [], address
        assert page.status_code < 500, address


@pytest.mark.parametrize("name", SOURCES)
def test_simulated_data_are_called_so_on_every_page_and_nowhere_else(name: str) -> None:
    source = SOURCES[name]

    for address in PAGES:
        page = client_of(source).get(address).text  # a new application: the error may be the first page it shows

        assert ("Simulated data." in page) is source.view.simulated, address
        assert ("noindex" in page) is source.view.simulated, address
    robots = client_of(source).get("/robots.txt").text
    assert ("Disallow: /\n" in robots) is source.view.simulated


def test_listing_shows_category_sentence_place_and_stamp(client: TestClient) -> None:
    page = client.get("/").text

    for clinic in MemoryPages().clinics[:25]:
        assert clinic.entry.name in page
        for statement in clinic.entry.statements:
            assert statement.sentence in page
    assert "60 clinics listed" in page
    assert "30 June 2026, 14:05 UTC" in page
    assert "41\u202f876" in page


def test_pages_follow_one_another_without_gap_or_repeat(client: TestClient) -> None:
    names: list[str] = []
    address: str | None = "/listing.json?min_position=5"

    while address:
        answer = client.get(address)
        names += [entry["name"] for entry in answer.json()["entries"]]
        address = answer.json()["next"]
        assert ("link" in answer.headers) is (address is not None)

    assert names == [clinic.entry.name for clinic in MemoryPages().clinics]


def test_page_of_a_search_keeps_the_search_in_its_links(client: TestClient) -> None:
    page = client.get("/?name=Clinic&country=&category=&min_position=7").text

    following = re.search(r'rel="next" class="next" href="([^"]+)"', page)

    assert following is not None
    assert following[1] == "/?name=Clinic&amp;after=25"
    assert client.get(following[1].replace("&amp;", "&")).status_code == 200


def test_clinic_shows_four_facts_apart(client: TestClient) -> None:
    page = client.get(ANY_CLINIC).text

    facts = re.findall(r"<dt>(Enrolled|Attested|Verified|Complete)</dt>", page)
    assert facts[:4] == ["Enrolled", "Attested", "Verified", "Complete"]
    for text in (
        "Knee osteoarthritis registry",
        "Inspected by the society",
        "8 February 2027",
        'rel="nofollow noopener',
    ):
        assert text in page
    assert "✓" not in page
    assert "✔" not in page


def test_structured_data_describe_the_clinic_and_cannot_leave_their_element() -> None:
    clinic = sample_clinic(8)
    hostile = "</script><script>alert(1)</script><!--"
    entry = dataclasses.replace(clinic.entry, name=hostile)
    source = MemoryPages(clinics=[dataclasses.replace(clinic, entry=entry, website="javascript:alert(1)")])

    page = client_of(source).get(ANY_CLINIC).text

    assert faults_of(page) == []
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert block is not None
    assert "<" not in block[1]
    told = json.loads(block[1])
    assert told["@type"] == "MedicalClinic"
    assert told["name"] == hostile
    assert "url" not in told


def test_unlisted_clinic_gets_a_neutral_404(client: TestClient) -> None:
    page = client.get(f"/clinics/{uuid4()}")
    data = client.get(f"/clinics/{uuid4()}.json")

    assert page.status_code == data.status_code == 404
    assert "says nothing about it" in page.text
    assert data.headers["content-type"] == "application/problem+json"
    assert "says nothing about it" in data.json()["detail"]


@pytest.mark.parametrize("address", ["/", ANY_CLINIC, "/about", "/listing.json", f"{ANY_CLINIC}.json"])
def test_reader_keeps_a_copy_until_the_view_changes(address: str) -> None:
    first = client_of(MemoryPages()).get(address)
    tag = {"if-none-match": first.headers["etag"]}

    same = client_of(MemoryPages()).get(address, headers=tag)
    changes = ({"position": 41_877}, {"behind_for": 301.0}, {"quarantined": True}, {"epoch": uuid4()}, {"build": "b_2"})
    others = [client_of(MemoryPages().changed(**change)).get(address, headers=tag) for change in changes]

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    assert [other.status_code for other in others] == [200] * len(changes)
    assert client_of(MemoryPages()).get(f"{address}?min_position=1", headers=tag).status_code == 200


@pytest.mark.parametrize("name", ["behind", "quarantined"])
def test_participates_is_withheld_while_the_listing_is_not_up_to_date(name: str) -> None:
    client = client_of(SOURCES[name])

    for address in ("/", "/?category=participates", ANY_CLINIC):
        page = client.get(address).text
        words = re.sub(
            r"<(form|details).*?</\1>", "", page, flags=re.DOTALL
        )  # where categories are offered and explained
        assert not re.search(r"<span>Participates</span>", words), address
        assert "This listing is not up to date" in page, address
        assert "As of <time" in page, address
    assert "Invited, no reply" in client.get("/?category=no_reply").text
    assert "Interim measure in force" in client.get("/?category=interim").text
    told = client.get("/listing.json").text + client.get(f"{ANY_CLINIC}.json").text
    assert '"category": "participates"' not in told
    assert client.get("/listing.json?category=participates").json()["entries"] == []
    assert client.get("/health").json()["withheld"] == ["participates"]


def test_participates_is_shown_until_five_minutes_have_passed() -> None:
    page = client_of(MemoryPages().changed(behind_for=299.9)).get("/").text

    assert "not up to date" not in page


def test_real_store_and_simulated_one_show_the_same() -> None:
    real, simulated = client_of(SOURCES["real"]), client_of(SOURCES["current"])

    for address in ("/", ANY_CLINIC, f"/clinics/{clinic_id(1)}", "/about"):
        assert main_of(real.get(address).text) == main_of(simulated.get(address).text), address
    offered = real.get("/").text
    for shown in CATEGORIES:
        assert f'<option value="{shown.code}"' in offered, shown.code


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_what_concerns_safety_stands_before_the_participation(client: TestClient) -> None:
    for number, (safety, participation) in {
        1: ("Finding published", "Does not participate"),
        6: ("Interim measure in force", "Invited, declined"),
        3: ("Finding stayed on appeal", "Enrolled, attestation lapsed"),
        9: ("Finding lifted", "Enrolled, not yet attested"),
    }.items():
        page = client.get(f"/clinics/{clinic_id(number)}").text

        assert "Public categories" in page
        labels = re.findall(r'<p class="big">.*?</svg>\s*<span>(.*?)</span>', page, flags=re.DOTALL)
        assert labels == [safety, participation]


@pytest.mark.parametrize("address", ["/?name=Clinic+005", f"/clinics/{clinic_id(5)}"])
def test_a_dispute_stands_beside_its_entry_in_the_words_of_the_clinic(client: TestClient, address: str) -> None:
    page = client.get(address).text

    assert "Disputed by the clinic" in page
    assert "We answered by courier on 20 May 2026." in page
    assert "The society has not answered yet." in page


@pytest.mark.parametrize("address", ["/?name=Clinic+004", f"/clinics/{clinic_id(4)}"])
def test_an_answer_stands_beside_its_dispute(client: TestClient, address: str) -> None:
    page = client.get(address).text

    assert "The entry gives the day on which your own letter of withdrawal arrived." in page
    assert "The society answered 25 June 2026: the entry stands." in page


@pytest.mark.parametrize("address", ["/?name=Clinic+010", f"/clinics/{clinic_id(10)}"])
def test_an_entry_in_question_says_so(client: TestClient, address: str) -> None:
    assert "In question" in client.get(address).text
    assert "In question" not in client.get("/?name=Clinic+011").text


def test_listing_as_csv_has_a_line_for_each_entry_and_runs_no_formula() -> None:
    clinic = sample_clinic(1)
    named = dataclasses.replace(clinic.entry, name='=HYPERLINK("x")')
    client = client_of(MemoryPages(clinics=[dataclasses.replace(clinic, entry=named), sample_clinic(5)]))

    answer = client.get("/listing.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))

    assert answer.headers["content-type"].startswith("text/csv")
    assert [(row["name"][:4], row["category"]) for row in rows] == [
        ("'=HY", "finding_published"),
        ("'=HY", "does_not_participate"),
        ("Clin", "no_reply"),
    ]
    assert rows[2]["dispute"].startswith("We answered by courier")
    assert client_of(MemoryPages()).get("/listing.csv").headers["link"] == '</listing.csv?after=25>; rel="next"'


def test_database_away_is_said_and_told_apart_from_a_defect() -> None:
    away = client_of(Unreadable())
    faulty = client_of(Faulty())

    for address in ("/", "/about", "/health", "/listing.json", ANY_CLINIC):
        answer = away.get(address)
        assert answer.status_code == 503, address
        assert answer.headers["retry-after"] == "10"
        assert HEADERS.items() <= dict(answer.headers).items()
    defect = faulty.get("/")
    assert defect.status_code == 500
    assert faults_of(defect.text) == []
    assert "secret-detail" not in defect.text
    assert HEADERS.items() <= dict(defect.headers).items()
    assert away.get("/nowhere").status_code == 404


def test_style_sheet_may_be_kept_for_ever_at_its_own_address_alone(client: TestClient) -> None:
    address = re.search(r'href="(/static/site\.css\?v=\w+)"', client.get("/").text)
    assert address is not None

    named, unnamed = client.get(address[1]), client.get("/static/site.css")

    assert "immutable" in named.headers["cache-control"]
    assert unnamed.headers["cache-control"] == "no-cache"
    again = client.get(address[1], headers={"if-none-match": named.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/..%2fapp.py").status_code == 404


def test_data_twins_say_the_same_as_the_pages(client: TestClient) -> None:
    told = client.get(f"{ANY_CLINIC}.json").json()
    listed = client.get("/listing.json?name=Clinic%20008").json()

    assert told["clinic"]["clinic_id"] == str(clinic_id(8))
    assert listed["total"] == 1
    assert listed["entries"][0].items() <= told["clinic"].items()
    assert listed["state"] == told["state"] == client.get("/health").json()
    assert listed["state"]["position"] == STATE.position
