"""Pseudonyms: keyed, stable, without collisions; dates keep their intervals."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd
import pytest
from exports_made import CANARY
from hypothesis import given
from hypothesis import strategies as st

from alliance_measures.errors import ColumnError, ExportError
from alliance_measures.exchange import pseudonymise, read_key
from alliance_measures.exchange.pseudonyms import DOMAIN, pseudonym

KEY, OTHER = b"5d2e8a17c3f94b60a1e7d8c25b3f9046", b"e09b4c7d1a6f832550cd7e91b3a8f264"


def test_the_code_is_hmac_sha256_of_the_text_under_a_domain() -> None:
    expected = "a" + hmac.new(KEY, DOMAIN + b"C001", hashlib.sha256).hexdigest()[:23]
    assert pseudonym("C001", KEY) == expected
    assert expected[1:] not in hashlib.sha256(b"C001").hexdigest()


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_same_text_same_code_other_key_other_code(one: str, two: str) -> None:
    assert pseudonym(one, KEY) == pseudonym(f" {one} ", KEY)
    assert pseudonym(one, KEY) != pseudonym(one, OTHER)
    assert len(pseudonym(one, KEY)) == 24


def test_numbers_and_accents_have_one_form() -> None:
    assert pseudonym(7, KEY) == pseudonym(7.0, KEY) == pseudonym("7", KEY)
    assert pseudonym("7", KEY) != pseudonym("007", KEY)
    assert pseudonym("e\u0301", KEY) == pseudonym("\u00e9", KEY)


def test_codes_are_unlike_for_many_people() -> None:
    assert len({pseudonym(number, KEY) for number in range(20_000)}) == 20_000


def test_dates_move_together_for_a_client_and_keep_their_intervals() -> None:
    frame = pd.DataFrame(
        {
            "client": ["A", "A", "B", None],
            "date": ["2026-01-01", "2026-01-08 10:00:00", "2026-01-01", None],
        }
    )
    asked = {"key": KEY, "dates": ["date"], "client": "client", "keep_times": True}
    coded = pseudonymise(frame, ["client"], **asked)
    days = pd.to_datetime(coded["date"], format="mixed")
    assert (days[1] - days[0]).days == 7
    assert coded["date"][1].endswith(" 10:00:00")
    assert coded["date"][0] != frame["date"][0]
    assert coded["date"][0] != coded["date"][2]
    assert coded.loc[3].tolist() == [None, None]
    assert frame["client"].tolist()[:3] == ["A", "A", "B"]
    again = pseudonymise(frame, ["client"], **asked)
    pd.testing.assert_frame_equal(coded, again)


def test_what_cannot_be_done_is_told_without_cells() -> None:
    frame = pd.DataFrame({"client": [CANARY], "date": [CANARY]}, index=pd.Index([2], name="row"))
    with pytest.raises(
        ExportError, match="'date': no date of the form YYYY-MM-DD in row 2"
    ) as told:
        pseudonymise(frame, ["client"], key=KEY, dates=["date"], client="client")
    assert CANARY not in str(told.value)
    with pytest.raises(ExportError, match="name the client column"):
        pseudonymise(frame, ["client"], key=KEY, dates=["date"])
    with pytest.raises(ColumnError, match="lacks the column 'patient'"):
        pseudonymise(frame, ["patient"], key=KEY)
    with pytest.raises(ExportError, match="needs at least 16"):
        pseudonymise(frame, ["client"], key=b"short")
    with pytest.raises(ExportError, match="one of the two"):
        read_key()
    with pytest.raises(ExportError, match="the key cannot be read"):
        read_key(file="/no/such/key")
    with pytest.raises(ExportError, match="has 0 bytes"):
        read_key(variable="NO_SUCH_VARIABLE_HERE")
