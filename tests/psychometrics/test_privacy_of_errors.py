"""No answer and no id stands in an error of this room, whatever table it is given."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from psychometrics_simulated import likert, sessions

from alliance_measures import psychometrics as pm
from alliance_measures.errors import AllianceError

CANARY = "Kanarienvogel"
NUMBER = 987654.125
DIGITS = ("987654", "987,654", "9.87654")
WAI = {"instrument": "wai-sr-client", "columns": "wai_{item}"}
IDS = {"person": "client", "time": "session"}

OF_ITEMS: dict[str, Callable[[object], object]] = {
    "all_split_halves": pm.all_split_halves,
    "bootstrap_interval": pm.bootstrap_interval,
    "bootstrap_interval, a function": lambda items: pm.bootstrap_interval(
        items, lambda table: table["q1"].mean(), n_resamples=100
    ),
    "bland_altman": lambda items: pm.bland_altman(items["q1"], items["q2"]),
    "careless_responding": pm.careless_responding,
    "careless_responding, scales": lambda items: pm.careless_responding(items, scales=[2, 2]),
    "cohen_kappa": lambda items: pm.cohen_kappa(items[["q1", "q2"]]),
    "cohen_kappa, weighted": lambda items: pm.cohen_kappa(
        items[["q1", "q2"]], weights="linear", categories=[1, 2, 3, 4, 5]
    ),
    "confirmatory_fit": pm.confirmatory_fit,
    "confirmatory_loadings": pm.confirmatory_loadings,
    "cronbach_alpha": pm.cronbach_alpha,
    "cronbach_alpha, listwise": lambda items: pm.cronbach_alpha(items, missing="listwise"),
    "factor_loadings": lambda items: pm.factor_loadings(items, n_factors=1),
    "guttman_lambdas": pm.guttman_lambdas,
    "gwet_ac": lambda items: pm.gwet_ac(items, weights="quadratic"),
    "gwet_ac, words": pm.gwet_ac,
    "intraclass_correlation": pm.intraclass_correlation,
    "irv_by_part": pm.irv_by_part,
    "item_moments": pm.item_moments,
    "item_statistics": pm.item_statistics,
    "krippendorff_alpha": lambda items: pm.krippendorff_alpha(items, samples=20),
    "krippendorff_alpha, words": lambda items: pm.krippendorff_alpha(
        items, level="nominal", samples=20
    ),
    "mcdonald_omega": pm.mcdonald_omega,
    "ordinal_alpha": pm.ordinal_alpha,
    "parallel_analysis": pm.parallel_analysis,
    "polychoric_correlations": lambda items: pm.polychoric_correlations(items, missing="pairwise"),
    "split_half": pm.split_half,
}
OF_SHEETS: dict[str, Callable[[pd.DataFrame], object]] = {
    "bland_altman, subjects": lambda sheets: pm.bland_altman(
        sheets["q1"], sheets["q2"], subject=sheets["client"]
    ),
    "generalizability": lambda sheets: pm.generalizability(sheets, **IDS),
    "multilevel_omega": lambda sheets: pm.multilevel_omega(sheets, **IDS),
    "multilevel_reliability": lambda sheets: pm.multilevel_reliability(sheets, **IDS),
    "repeated_sheets": lambda sheets: pm.repeated_sheets(
        sheets, client="client", session="session"
    ),
    "sessions_needed": lambda sheets: pm.sessions_needed(sheets, **IDS),
    "variance_components": lambda sheets: pm.variance_components(sheets, **IDS),
}
OF_ANSWERS: dict[str, Callable[[pd.DataFrame], object]] = {
    "factor_fit_of": lambda answers: pm.factor_fit_of(answers, **WAI),
    "item_statistics_of": lambda answers: pm.item_statistics_of(answers, **WAI),
    "reliability_of": lambda answers: pm.reliability_of(answers, **WAI),
}
OF_NUMBERS: dict[str, Callable[[], object]] = {
    "attenuate": lambda: pm.attenuate([0.5, NUMBER], 0.7, 0.8),
    "composite_reliability": lambda: pm.composite_reliability([0.5, NUMBER]),
    "correlation_interval": lambda: pm.correlation_interval(NUMBER, 20),
    "disattenuate": lambda: pm.disattenuate(0.5, [0.7, NUMBER], 0.7),
    "mahalanobis_threshold": lambda: pm.mahalanobis_threshold(0),
    "minimal_detectable_change": lambda: pm.minimal_detectable_change([1.0, -NUMBER]),
    "spearman_brown": lambda: pm.spearman_brown([0.5, NUMBER], 2),
    "spearman_brown_length": lambda: pm.spearman_brown_length([0.5, NUMBER], 0.9),
    "standard_error_of_measurement": lambda: pm.standard_error_of_measurement([-NUMBER], 0.5),
}
WITHOUT_INPUT_OF_ITS_OWN = {"FactorSolution", "ItemMoments", "careless_summary"}


def with_cells(frame: pd.DataFrame, column: str, *values: object) -> pd.DataFrame:
    """Put values into a column from row 2 on."""
    changed = frame[column].astype(object).tolist()
    changed[2 : 2 + len(values)] = values
    return frame.assign(**{column: pd.Series(changed, dtype=object, index=frame.index)})


HOSTILE_CELLS = {
    "text": [CANARY],
    "text of a number": [str(NUMBER)],
    "bytes": [CANARY.encode()],
    "a list": [[CANARY]],
    "a dict": [{CANARY: NUMBER}],
    "a tuple": [(CANARY,)],
    "a set": [{CANARY}],
    "a date": [pd.Timestamp("2024-01-01")],
    "true and false": [True, False],
    "infinity": [np.inf, NUMBER],
    "complex": [complex(NUMBER, 1)],
}


def hostile_tables(frame: pd.DataFrame, column: str) -> dict[str, pd.DataFrame]:
    named = frame.set_axis([f"{CANARY}{row}" for row in range(len(frame))])
    made = {name: with_cells(named, column, *values) for name, values in HOSTILE_CELLS.items()}
    return made | {
        "categories": named.assign(**{column: pd.Categorical([CANARY] * len(named))}),
        "a bool column": named.assign(**{column: True}),
        "an infinite column": named.assign(**{column: np.inf}),
        "a complex column": named.assign(**{column: complex(NUMBER, 1)}),
        "a constant": named.assign(**{column: NUMBER}),
        "nothing": named.assign(**{column: np.nan}),
        "two rows": named.iloc[:2].assign(**{column: NUMBER}),
    }


TABLES = {
    "items": hostile_tables(likert(30, 4), "q2"),
    "sheets": hostile_tables(sessions(6, 4), "q2"),
    "answers": hostile_tables(
        likert(30, 12).clip(1, 5).set_axis([f"wai_{item}" for item in range(1, 13)], axis=1),
        "wai_3",
    ),
}


def hostile_ids(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "a list": with_cells(frame, "client", [CANARY]),
        "a dict": with_cells(frame, "client", {CANARY: 1}),
        "missing": with_cells(frame, "client", None, CANARY),
        "doubled": with_cells(frame.assign(session=1), "client", CANARY, CANARY),
        "all of one client": frame.assign(client=CANARY, session=range(len(frame))),
    }


def said(
    call: Callable[[], object], expected: tuple[type[Exception], ...] = (AllianceError,)
) -> str:
    """The error, its traceback and its warnings; an empty text where nothing was refused."""
    texts = []
    with warnings.catch_warnings(record=True, action="always") as warned:
        try:
            call()
        except expected as error:
            texts += [
                "".join(traceback.format_exception(error)),
                repr(error),
                *map(str, error.args),
            ]
    return "\n".join([*texts, *map(str, warned)])


def assert_silent(text: str) -> None:
    # lines of this file in a traceback hold the names CANARY and NUMBER, never what they stand for
    assert CANARY not in text, text
    assert not any(digits in text for digits in DIGITS), text


def test_every_public_name_is_tried() -> None:
    tried = {name.split(",")[0] for name in [*OF_ITEMS, *OF_SHEETS, *OF_ANSWERS, *OF_NUMBERS]}
    assert tried | WITHOUT_INPUT_OF_ITS_OWN == set(pm.__all__)


@pytest.mark.parametrize("table", TABLES["items"])
@pytest.mark.parametrize("name", OF_ITEMS)
def test_tables_of_items(name: str, table: str) -> None:
    assert_silent(said(lambda: OF_ITEMS[name](TABLES["items"][table])))


@pytest.mark.parametrize("table", HOSTILE_CELLS)
@pytest.mark.parametrize("name", OF_ITEMS)
def test_hostile_cells_are_refused(name: str, table: str) -> None:
    with pytest.raises(AllianceError):
        OF_ITEMS[name](TABLES["items"][table])


@pytest.mark.parametrize("table", TABLES["sheets"])
@pytest.mark.parametrize("name", OF_SHEETS)
def test_tables_of_sheets(name: str, table: str) -> None:
    assert_silent(said(lambda: OF_SHEETS[name](TABLES["sheets"][table])))


@pytest.mark.parametrize("table", TABLES["answers"])
@pytest.mark.parametrize("name", OF_ANSWERS)
def test_tables_of_answers(name: str, table: str) -> None:
    assert_silent(said(lambda: OF_ANSWERS[name](TABLES["answers"][table])))


@pytest.mark.parametrize("ids", hostile_ids(sessions(6, 4)))
@pytest.mark.parametrize("name", OF_SHEETS)
def test_ids(name: str, ids: str) -> None:
    assert_silent(said(lambda: OF_SHEETS[name](hostile_ids(sessions(6, 4))[ids]), (AllianceError,)))


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers(name: str) -> None:
    with pytest.raises(AllianceError):
        OF_NUMBERS[name]()
    assert_silent(said(OF_NUMBERS[name]))
