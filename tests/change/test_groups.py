from __future__ import annotations

import pandas as pd
import pytest

from alliance_measures import StatisticError, change


def mean_changes(pre: object, post: object, group: object) -> dict[object, float]:
    result = change.anchor_change_group(pre, post, mid_improvement=1, group=group)
    return result.set_index("group")["mean_change"].to_dict()


PRE = pd.Series([1.0, 2.0, 3.0, 4.0])
POST = pd.Series([2.0, 4.0, 4.0, 7.0])


@pytest.mark.parametrize("labels", [range(4), [10, 11, 12, 13], list("wxyz")])
def test_a_series_goes_by_its_labels(labels: object) -> None:
    index = pd.Index(labels)
    pre, post = PRE.set_axis(index), POST.set_axis(index)
    group = pd.Series(["k", "k", "m", "m"], index=index[::-1])
    assert mean_changes(pre, post, group) == {"m": 1.5, "k": 2.0}
    assert mean_changes(pre, post, list("mmkk")) == {"m": 1.5, "k": 2.0}


def test_row_numbers_do_not_stand_for_clients() -> None:
    clients = pd.Index(list("wxyz"))
    with pytest.raises(StatisticError, match="group: shares no index label with the scores"):
        mean_changes(PRE.set_axis(clients), POST.set_axis(clients), pd.Series(list("kkmm")))
    with pytest.raises(StatisticError, match="group: shares no index label"):
        mean_changes(PRE, POST, pd.Series(list("kkmm"), index=clients))
    with pytest.raises(StatisticError, match=r"group: missing in rows 0, 1$"):
        mean_changes(PRE, POST, pd.Series(list("kk"), index=[2, 3]))
    with pytest.raises(StatisticError, match="group: index label doubled in row 1"):
        mean_changes(PRE, POST, pd.Series(list("kkmm"), index=[0, 0, 2, 3]))


def test_scores_without_labels_take_groups_by_position() -> None:
    group = pd.Series(list("kkmm"), index=list("zyxw"))
    assert mean_changes(PRE.to_numpy(), POST.to_numpy(), group) == {"k": 1.5, "m": 2.0}


def test_a_group_beyond_the_pairs_is_of_no_account() -> None:
    pre = PRE.mask(PRE.index == 3)
    group = pd.Series([1, 1, 1], index=[0, 1, 2])  # nothing for the client without a pair
    assert mean_changes(pre, POST, group) == {1: pytest.approx(4 / 3)}
