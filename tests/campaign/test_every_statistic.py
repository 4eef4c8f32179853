"""Every public statistic on degenerate tables: confirmed by a slow route, or declined.

A judge draws one table, calls the statistic and compares it with a route of its own: exact
fractions, a plain loop, or the criterion that the estimate claims to minimise. It tells whether
there was an answer; an error of the house is a way to decline.
"""

import inspect
import warnings
import zlib

import numpy as np
import pytest
from degenerate_tables import TABLES
from judges import of_change, of_models, of_psychometrics, of_sessions

from alliance_measures import change, psychometrics, sessions
from alliance_measures.errors import AllianceError

ROOMS = {
    "psychometrics": (psychometrics, [of_psychometrics]),
    "sessions": (sessions, [of_sessions, of_models]),
    "change": (change, [of_change]),
}
NOT_STATISTICS = (
    of_psychometrics.NOT_STATISTICS | of_sessions.NOT_STATISTICS | of_change.NOT_STATISTICS
)


def judge_of(room, name):
    found = [getattr(judges, name, None) for judges in ROOMS[room][1]]
    return next((one for one in found if inspect.isfunction(one)), None)


JUDGES = {
    f"{room}.{name}": judge
    for room, (module, _) in ROOMS.items()
    for name in module.__all__
    if name not in NOT_STATISTICS and (judge := judge_of(room, name)) is not None
}
# statistics that need more than a small degenerate table can hold answer seldom
SELDOM = {"psychometrics.confirmatory_fit", "psychometrics.confirmatory_loadings"}


@pytest.mark.parametrize("room", ROOMS)
def test_no_statistic_is_left_out(room):
    names = {f"{room}.{name}" for name in ROOMS[room][0].__all__ if name not in NOT_STATISTICS}
    assert names - JUDGES.keys() == set()


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_statistic(name):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    answered = 0
    for number in range(TABLES):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                answered += JUDGES[name](rng)
            except AllianceError:
                continue
            except AssertionError as error:
                raise AssertionError(f"table {number}: {error}") from error
    assert answered >= (1 if name in SELDOM else max(2, TABLES // 20)), answered
