"""A fitted growth model in the words and numbers of a paper's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alliance_measures.sessions.growth.model import GrowthModel

__all__ = ["summary_text"]


def summary_text(model: GrowthModel) -> str:
    """Fixed effects, variances and fit as lines of text."""
    how = "restricted maximum likelihood" if model.method == "reml" else "maximum likelihood"
    lines = [
        f"Growth model of {model.settings.value} ({how})",
        f"{model.n_sessions} scored sessions of {model.n_clients} clients"
        + _left_out(model.n_unscored, model.n_incomplete),
        "",
        f"{'Fixed effect':<28}{'Estimate':>11}{'SE':>11}{'df':>9}{'t':>9}{'p':>9}   Interval",
    ]
    for row in model.fixed.itertuples(index=False):
        lines.append(
            f"{row.term:<28}{row.estimate:>11.4g}{row.se:>11.4g}{row.df:>9.1f}{row.t:>9.2f}"
            f"{_p(row.p):>9}   [{row.ci_low:.4g}, {row.ci_high:.4g}]"
        )
    lines += ["", f"{'Random effect':<42}{'Variance':>11}{'SD':>11}"]
    for row in model.variance.itertuples(index=False):
        name = f"{row.group} {row.term}".strip()
        if isinstance(row.term2, str):
            lines.append(
                f"{f'{name} with {row.term2}: correlation':<53}{row.sd_or_correlation:>11.3f}"
            )
        else:
            lines.append(
                f"{name:<42}{row.variance_or_covariance:>11.4g}{row.sd_or_correlation:>11.4g}"
            )
    lines += ["", f"-2 log likelihood {model.criterion:.3f}, AIC {model.aic:.3f}, "
              f"BIC {model.bic:.3f}; largest gradient {model.max_gradient:.1e}"]  # fmt: skip
    for name, levels in model.settings.levels or ():
        lines.append(f"{name}: compared with {levels[0]}")
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
