"""A fitted growth model in the words and numbers of a paper's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alliance_measures.sessions.growth.model import GrowthModel

__all__ = ["summary_text"]


def summary_text(model: GrowthModel) -> str:
    """Print fixed effects, variances and fit as lines of text."""
    how = "restricted maximum likelihood" if model.method == "reml" else "maximum likelihood"
    lines = [
        f"Growth model of {model.settings.value} ({how})",
        f"{model.n_sessions} scored sessions of {model.n_clients} clients"
        + _left_out(model.n_unscored, model.n_incomplete),
        "",
        f"{'Fixed effect':<28}{'Estimate':>11}{'SE':>11}{'df':>9}{'t':>9}{'p':>9}   Interval",
    ]
    for term, estimate, se, df, t, p, low, high in model.fixed.to_numpy(dtype=object):
        lines.append(
            f"{term:<28}{estimate:>11.4g}{se:>11.4g}{df:>9.1f}{t:>9.2f}{_p(p):>9}"
            f"   [{low:.4g}, {high:.4g}]"
        )
    lines += ["", f"{'Random effect':<42}{'Variance':>11}{'SD':>11}"]
    for group, term, term2, variance, sd in model.variance.to_numpy(dtype=object):
        name = f"{group} {term}".strip()
        if isinstance(term2, str):
            lines.append(f"{f'{name} with {term2}: correlation':<53}{sd:>11.3f}")
        else:
            lines.append(f"{name:<42}{variance:>11.4g}{sd:>11.4g}")
    lines += ["", f"-2 log likelihood {model.criterion:.3f}, AIC {model.aic:.3f}, "
              f"BIC {model.bic:.3f}; largest gradient {model.max_gradient:.1e}"]  # fmt: skip
    for covariate, levels in model.settings.levels or ():
        lines.append(f"{covariate}: compared with {levels[0]}")
    if model.singular:
        lines.append(
            "Singular fit: a variance is 0 or the correlation is 1 in size; the data do not "
            "support that many random effects."
        )
    return "\n".join(lines)


def _left_out(unscored: int, incomplete: int) -> str:
    parts = []
    if unscored:
        parts.append(f"{unscored} without a score")
    if incomplete:
        parts.append(f"{incomplete} without a covariate")
    return f" (left out: {', '.join(parts)})" if parts else ""


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}"
