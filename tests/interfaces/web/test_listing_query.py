"""Whatever stands in an address gets a page or a clear refusal; nothing that a person can type is a fault of ours."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from domain.errors import InvalidInput
from interfaces.web.app import create_app
from interfaces.web.listing_query import FIELDS, address, listing_query
from interfaces.web.page_source import ListingQuery
from tests.interfaces.web.sample_pages import MemoryPages, clinic_id

CLIENT = TestClient(create_app(MemoryPages()), raise_server_exceptions=False)

WRONG = {
    "name": ["x" * 101, "a\0b", "\x1b[31m"],
    "country": ["XX", "Portugal", "P", "\0"],
    "category": ["verified", "PARTICIPATES", "\0", "x" * 5_000],
    "after": ["garbage", "-1", "١", "x" * 700, "\0"],
    "min_position": ["-1", "1.5", "abc", "9" * 25, "9223372036854775808", "²", "41877"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_wrong_value_is_refused_by_the_name_of_its_field(field: str, value: str) -> None:
    page = CLIENT.get("/", params={field: value})
    data = CLIENT.get("/listing.json", params={field: value})

    assert page.status_code == data.status_code == 400
    assert field in page.text
    assert data.json()["errors"][0]["parameter"] == field


@pytest.mark.parametrize("text", ["x", "1234", "{" + str(clinic_id(1)) + "}", clinic_id(1).hex, "%00", "a" * 3_000])
def test_clinic_id_that_is_none_is_refused_by_its_name(text: str) -> None:
    answer = CLIENT.get(f"/clinics/{text}")

    assert answer.status_code == 400
    assert "clinic_id" in answer.text


def test_field_given_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="country: it was given more than once"):
        listing_query(QueryParams("country=PT&country=FR"), strict=False)


def test_misspelt_field_is_refused_for_programs_and_passed_over_for_people() -> None:
    assert CLIENT.get("/listing.json?catgory=withdrew").status_code == 400
    assert CLIENT.get("/?utm_source=letter").status_code == 200


def test_same_search_has_one_address() -> None:
    typed = listing_query(QueryParams("category=&country=pt&name=++Clinic+++7+"), strict=True)

    assert typed == ListingQuery(name="Clinic 7", country="PT")
    assert address("/", typed) == "/?name=Clinic+7&country=PT"
    assert listing_query(QueryParams(address("/", typed).partition("?")[2]), strict=True) == typed


_TEXT = st.one_of(st.text(max_size=120), st.sampled_from(sorted(sum(WRONG.values(), ["PT", "withdrew", "25", "7"]))))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(["/", "/listing.json", "/about", "/health", f"/clinics/{clinic_id(3)}"]),
    fields=st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), st.text(max_size=8)), _TEXT), max_size=4),
)
def test_no_search_is_a_server_error(path: str, fields: list[tuple[str, str]]) -> None:
    answer = CLIENT.get(f"{path}?{urlencode(fields, errors='surrogatepass')}")

    assert answer.status_code in (200, 304, 400, 404)


@settings(max_examples=200, deadline=None)
@given(
    path=st.one_of(
        st.text(max_size=60).map(lambda text: quote(text, errors="replace")), st.binary(max_size=40).map(quote)
    )
)
def test_no_path_is_a_server_error(path: str) -> None:
    for start in ("/", "/clinics/", "/static/"):
        assert CLIENT.get(start + path).status_code in (200, 400, 404)
