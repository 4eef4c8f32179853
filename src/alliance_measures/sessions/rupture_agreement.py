"""The same courses under several rupture rules, and how far the rules agree."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alliance_measures.arguments import explained
from alliance_measures.errors import StatisticError
from alliance_measures.frames import HigherIsBetter, direction
from alliance_measures.sessions.rupture_rules import RuptureRule, as_rule
from alliance_measures.sessions.rupture_walk import Episodes
from alliance_measures.sessions.ruptures import episodes_of
from alliance_measures.sessions.table import SessionTable, each_scale, read_tables

__all__ = ["compare_rupture_rules", "kappa"]


@explained
def compare_rupture_rules(
    scores: pd.DataFrame,
    rules: Mapping[str, RuptureRule | str] | Sequence[RuptureRule | str],
    *,
    client: Hashable,
    session: Hashable,
    value: Hashable | Sequence[Hashable],
    higher_is_better: HigherIsBetter = True,
    session_order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Agreement of rupture rules on the same table: what a finding owes to the rule.

    Parameters
    ----------
    scores, client, session, value, higher_is_better
        As in :func:`alliance_measures.sessions.ruptures`.
    rules : mapping of name to rule, or sequence of rules
        At least two; a preset may be given by its name.
    session_order : sequence, optional
        The sessions from first to last, where they are words: ``["pre", "post", "follow-up"]``.

    Returns
    -------
    DataFrame
        Row per pair of rules (and per `scale`): rule_1, rule_2, n_clients (that both rules can
        judge: enough sessions, and a unit), clients_1, clients_2, clients_both (with a rupture),
        share_clients_1, share_clients_2, agreement_clients (share of clients on whom the rules
        agree), kappa (Cohen's, -1 to 1; NaN where both rules say the same of everyone),
        episodes_1, episodes_2, episodes_both (with their lowest session in common),
        agreement_episodes (episodes_both as a share of all that either rule found; NaN: none
        found). All counts are of the clients that both rules can judge.

    Raises
    ------
    ColumnError, StatisticError
        As :func:`alliance_measures.sessions.ruptures`; also fewer than two rules, or two of the
        same name.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame(
    ...     {"id": [1] * 5 + [2] * 5, "s": [1, 2, 3, 4, 5] * 2,
    ...      "total": [36, 35, 34, 33, 32, 36, 37, 30, 37, 37]})
    >>> rules = {"step": RuptureRule(unit="raw", threshold=3),
    ...          "slide": RuptureRule(reference="running_max(4)", unit="raw", threshold=3)}
    >>> table = compare_rupture_rules(scores, rules, client="id", session="s", value="total")
    >>> table[["clients_1", "clients_2", "clients_both", "agreement_clients"]]
       clients_1  clients_2  clients_both  agreement_clients
    0          1          2             1                0.5
    """
    named, better = _named(rules), direction(higher_is_better)
    tables = read_tables(
        scores, client=client, session=session, value=value, session_order=session_order
    )
    return each_scale(tables, value, lambda table: _frame(table, named, better))


def _named(
    rules: Mapping[str, RuptureRule | str] | Sequence[RuptureRule | str],
) -> dict[str, RuptureRule]:
    if isinstance(rules, Mapping):
        named = {str(name): as_rule(rule) for name, rule in rules.items()}
    else:
        found = [(rule if isinstance(rule, str) else str(rule), as_rule(rule)) for rule in rules]
        named = dict(found)
        if len(named) < len(found):
            raise StatisticError("two rupture rules have the same name; give them names")
    if len(named) < 2:
        raise StatisticError("comparing rupture rules takes two rules or more")
    return named


def _frame(table: SessionTable, rules: Mapping[str, RuptureRule], better: int) -> pd.DataFrame:
    found = {name: episodes_of(table, rule, better=better) for name, rule in rules.items()}
    pairs = [
        {"rule_1": one, "rule_2": two, **_pair(found[one], found[two])}
        for one, two in combinations(found, 2)
    ]
    return pd.DataFrame(pairs)


def _pair(one: Episodes, two: Episodes) -> dict[str, float | int]:
    judged = one.judged & two.judged
    has_1, has_2 = (np.bincount(e.client, minlength=judged.size)[judged] > 0 for e in (one, two))
    low_1, low_2 = (e.low[judged[e.client]] for e in (one, two))
    both = np.intersect1d(low_1, low_2).size
    either = low_1.size + low_2.size - both
    return {
        "n_clients": int(judged.sum()),
        "clients_1": int(has_1.sum()),
        "clients_2": int(has_2.sum()),
        "clients_both": int((has_1 & has_2).sum()),
        "share_clients_1": _share(has_1),
        "share_clients_2": _share(has_2),
        "agreement_clients": _share(has_1 == has_2),
        "kappa": kappa(has_1, has_2),
        "episodes_1": int(low_1.size),
        "episodes_2": int(low_2.size),
        "episodes_both": int(both),
        "agreement_episodes": both / either if either else float("nan"),
    }


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else float("nan")


def kappa(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    """Cohen's kappa of two yes-no ratings: (observed - chance) / (1 - chance) agreement.

    In whole numbers, all times n², so that no agreement beyond chance is exactly 0.
    """
    n, p, q = one.size, int(one.sum()), int(two.sum())
    observed = n * int((one == two).sum())
    chance = p * q + (n - p) * (n - q)
    return (observed - chance) / (n * n - chance) if n * n > chance else float("nan")
