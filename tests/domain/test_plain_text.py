"""What cannot be seen does not enter a name that the public reads."""

from __future__ import annotations

import pytest

from domain.clinic_details import ClinicDetails
from domain.errors import InvalidInput
from domain.plain_text import require_plain


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\u202eb", "a\u2028b", "a\ud800b", "a\x1b[31m"])
def test_what_cannot_be_shown_is_refused_and_named_by_its_number(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"legal_name: holds the character U\+") as refused:
        ClinicDetails(legal_name=text, country="DE", time_zone="Europe/Berlin")

    assert text not in str(refused.value)


@pytest.mark.parametrize("text", ["Clínica São João", "北京诊所", "می\u200cخواهم", "Klinik 1 & Söhne"])
def test_every_script_may_be_written(text: str) -> None:
    require_plain("legal_name", text)
