"""Which column holds which item: found, or asked for with near misses."""

from __future__ import annotations

import pandas as pd
import pytest
from made_up import made_up

import alliance_measures as am
from alliance_measures.errors import ColumnError
from alliance_measures.scoring.columns import item_columns

WAI = am.load("wai-sr-client")


def table(*names: object) -> pd.DataFrame:
    return pd.DataFrame([[3] * len(names)], columns=list(names))


def numbered(pattern: str, n: int = 12) -> list[str]:
    return [pattern.format(item) for item in range(1, n + 1)]


def refused(frame: pd.DataFrame, instrument=WAI, **options) -> str:
    with pytest.raises(ColumnError) as caught:
        item_columns(frame, instrument, **options)
    assert isinstance(caught.value, KeyError)
    return str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        *("{}", "q{}", "Q{}", "q{:02d}", "wai_{}", "WAI-SR {}", "item.{:03d}", "q{}_client"),
        *("2024_q{}", "t1_{}", "{}. How do you feel?", "Q1_{}", " q{} "),
    ],
)
def test_columns_with_one_common_surrounding_are_found(pattern):
    names = numbered(pattern)
    frame = table("client", "session", *reversed(names), "note")
    assert item_columns(frame, WAI) == dict(zip(range(1, 13), names, strict=True))


def test_columns_that_are_numbers():
    assert item_columns(table(*range(1, 13)), WAI) == {item: item for item in range(1, 13)}
    assert list(item_columns(table(*map(str, range(1, 13))), WAI).values())[-1] == "12"


def test_columns_named_like_the_items():
    srs = am.load("srs-v3")
    frame = table("Overall", "goals and topics", "Relationship", "APPROACH-OR_METHOD", "total")
    assert item_columns(frame, srs) == {
        1: "Relationship",
        2: "goals and topics",
        3: "APPROACH-OR_METHOD",
        4: "Overall",
    }
    words = made_up(items=["warm", "calm"], scales={"total": {"items": "all"}})
    assert item_columns(table("Calm", "WARM"), words) == {"warm": "WARM", "calm": "Calm"}
    assert "no set of columns fits the 2 items" in refused(table("calm"), words)
    assert "item warm fits the columns 'warm', 'Warm'" in refused(
        table("warm", "Warm", "calm"), words
    )


def test_a_pattern():
    frame = table(*numbered("a_{}_x"), *numbered("b_{}_x"))
    assert item_columns(frame, WAI, columns="b_{item}_x")[12] == "b_12_x"
    assert item_columns(table(*range(1, 13)), WAI, columns="{item}")[12] == 12
    message = refused(frame, columns="b{item}_x")
    assert message.count("\n") == 11
    assert "item 1: no column 'b1_x'; did you mean 'b_1_x'" in message
    for pattern in ("wai_", "wai_{}", "wai_{Item}", ""):
        assert "needs {item}, as in 'wai_{item}'" in refused(frame, columns=pattern)


def test_a_pattern_meets_padded_numbers_with_a_hint():
    message = refused(table(*numbered("wai_{:02d}")), columns="wai_{item}")
    assert "item 1: no column 'wai_1'; did you mean 'wai_01'" in message
    assert "item 10" not in message


def test_a_mapping_by_id_text_or_name():
    srs = am.load("srs-v3")
    frame = table("a", "b", "c", "d")
    for columns in (
        {1: "a", 2: "b", 3: "c", 4: "d"},
        {"1": "a", "2": "b", "3": "c", "4": "d"},
        {"overall": "d", "relationship": "a", "goals_and_topics": "b", "approach_or_method": "c"},
    ):
        assert item_columns(frame, srs, columns=columns) == {1: "a", 2: "b", 3: "c", 4: "d"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({1: "a", 2: "b", 3: "c"}, "the mapping names no column for item 4"),
        ({1: "a", 2: "b", 3: "c", 5: "d"}, "srs-v3 has no item 5; items are 1, 2, 3, 4"),
        ({1: "a", 2: "b", 3: "c", 4: "a"}, "items 1, 4 all point to the column 'a'"),
        (
            {1: "a", 2: "b", 3: "c", 4: "overal"},
            "item 4: no column 'overal'; did you mean 'overall'",
        ),
    ],
)
def test_mappings_that_do_not_fit(columns, words):
    frame = table("a", "b", "c", "overall")
    assert words in refused(frame, am.load("srs-v3"), columns=columns)


def test_doubled_columns():
    frame = table("q1", *numbered("q{}"))
    assert "item 1: the table holds the column 'q1' 2 times" in refused(frame)
    assert "the column 'q1' 2 times" in refused(frame, columns="q{item}")


@pytest.mark.parametrize("twin", ["Q1", "q01", "q001", " q1"])
def test_columns_that_differ_in_case_or_zeros_alone_are_not_chosen_from(twin):
    frame = table(twin, *numbered("q{}"))
    assert "item 1 fits the columns" in refused(frame)
    assert item_columns(frame, WAI, columns="q{item}")[1] == "q1"


def test_several_sets_of_columns():
    frame = table(*numbered("pre_{}"), *numbered("post_{}"))
    message = refused(frame)
    assert "the items could begin at 'pre_1' and 'post_1'" in message
    assert "columns='...{item}'" in message
    late = made_up(items=[5, 6], scales={"total": {"items": "all"}})
    assert "'a5' and 'b5'" in refused(table("a5", "a6", "b5", "b6"), late)


def test_the_set_with_the_instruments_name_is_chosen():
    frame = table(*numbered("q{}"), *numbered("wai_sr_{}"))
    assert item_columns(frame, WAI)[1] == "wai_sr_1"


def test_columns_beyond_the_items_are_asked_about():
    frame = table(*numbered("q{}", 36))
    message = refused(frame)
    assert "columns like 'q13' go beyond the 12 items of wai-sr-client" in message
    assert item_columns(frame, WAI, columns="q{item}")[12] == "q12"


def test_nothing_that_fits():
    message = refused(table("id", *numbered("q{}", 11)))
    assert "no set of columns fits the 12 items of wai-sr-client" in message
    assert "The table has 'id', 'q1'" in message
    assert "The table has " in refused(pd.DataFrame(index=[0]))
    many = refused(table(*numbered("q{}", 16)[:11], *(f"q{n}" for n in range(31, 36))))
    assert "and 4 more" in many


def test_columns_of_several_levels_are_refused():
    columns = pd.MultiIndex.from_product([["q"], range(1, 13)])
    frame = pd.DataFrame([[3] * 12], columns=columns)
    for options in ({}, {"columns": "q{item}"}):
        assert "the columns have 2 levels; give them one name each" in refused(frame, **options)


def test_items_in_no_scale_need_no_column_but_under_a_limit_for_the_form():
    scales = {"one": {"items": [1, 2]}}
    assert list(item_columns(table("q1", "q2"), made_up(scales=scales))) == [1, 2]
    whole = made_up(
        scales=scales,
        missing={"method": "prorate", "max_missing": 1, "form_max_missing": 1, "source": "made up"},
    )
    assert "no set of columns fits the 4 items" in refused(table("q1", "q2"), whole)
