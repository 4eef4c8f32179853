"""The parts of a definition file: response format, items, scales, rules, norms, sources."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
)

from alliance_measures.definitions.frozen import FrozenMap

__all__ = [
    "CONSTRUCTS",
    "Coding",
    "CodingId",
    "Construct",
    "Cutoff",
    "GroupRule",
    "Item",
    "ItemId",
    "Key",
    "Licence",
    "Linear",
    "Missing",
    "OwnCoding",
    "Norm",
    "PARTS",
    "Part",
    "Recode",
    "Reliability",
    "Response",
    "Scale",
    "Source",
    "expand_items",
]

Construct = Literal[
    "trust",
    "empathy",
    "collaboration",
    "goals",
    "openness",
    "boundaries",
    "expectations",
    "feedback",
    "homework",
    "coping",
    "accountability",
    "modelling",
]
CONSTRUCTS: tuple[str, ...] = Construct.__args__  # type: ignore[attr-defined]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
ScaleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
CodingId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
ItemName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=60)]
ItemId = Annotated[StrictInt, Field(ge=1)] | ItemName


def _number(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise ValueError("must be a finite number")
    return given


def _limited(low: float, high: float, words: str) -> AfterValidator:
    def check(number: float) -> float:
        if not low < number <= high:
            raise ValueError(words)
        return number

    return AfterValidator(check)


Number = Annotated[
    StrictInt | StrictFloat,
    BeforeValidator(_number, json_schema_input_type=StrictInt | StrictFloat),
]
Positive = Annotated[
    Number,
    _limited(0, math.inf, "must be above 0"),
    Field(json_schema_extra={"exclusiveMinimum": 0}),
]
Share = Annotated[
    Number,
    _limited(0, 1, "must be above 0 and at most 1"),
    Field(json_schema_extra={"exclusiveMinimum": 0, "maximum": 1}),
]
Count = Annotated[StrictInt, Field(ge=0)]


class Part(BaseModel):
    """Base of all parts: frozen, nothing unknown allowed, no input echoed in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __dir__(self) -> list[str]:
        """Names of the field alone, without those of the library that validates."""
        kinds = type(self).__mro__
        own = (vars(kind) for kind in kinds[: kinds.index(Part)])
        names = {name for names in own for name in names if not name.startswith("_")}
        return sorted((names | set(type(self).model_fields)) - {"model_config"})


class Source(Part):
    """Where the instrument was published. The structured fields feed BibTeX."""

    citation: Text
    doi: Annotated[str, StringConstraints(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    url: Text | None = None
    authors: tuple[Text, ...] = ()
    year: Annotated[StrictInt, Field(ge=1900, le=2100)] | None = None
    title: Text | None = None
    journal: Text | None = None
    volume: Text | None = None
    issue: Text | None = None
    pages: Text | None = None


class Licence(Part):
    """Whether the item wording may be shown, and whom to ask."""

    item_text: Literal["withheld", "included", "none-needed"]
    holder: Text | None = None
    note: Text | None = None
    url: Text | None = None


class Key(Part):
    """How far the scoring key can be trusted, and on what evidence."""

    status: Literal["verified", "single-source", "unvalidated"]
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)]


class Response(Part):
    """The answers an item allows: a range with a step, or a list of values.

    ``not_applicable`` and ``not_scored`` hold codes (numbers) or words that mean "does not apply"
    and "answered, but bears no score" (don't know); both are states beside value and missing.
    """

    min: Number | None = None
    max: Number | None = None
    step: Literal["any"] | Positive = 1
    values: tuple[Number, ...] = ()
    labels: FrozenMap[Language, tuple[Text, ...] | FrozenMap[Number, Text]] = FrozenMap()
    not_applicable: tuple[Number | Text, ...] = ()
    not_scored: tuple[Number | Text, ...] = ()

    @property
    def low(self) -> float:
        """Lowest answer."""
        return min(self.values) if self.values else float(self.min or 0)

    @property
    def high(self) -> float:
        """Highest answer."""
        return max(self.values) if self.values else float(self.max or 0)

    @property
    def allowed(self) -> tuple[float, ...] | None:
        """Every allowed answer in rising order, or None for a continuous line."""
        if self.values:
            return tuple(sorted(float(value) for value in self.values))
        if self.step == "any":
            return None
        steps = round((self.high - self.low) / self.step)
        return tuple(self.low + index * self.step for index in range(steps + 1))

    def label_pairs(self, language: str | None = None) -> tuple[tuple[float, str], ...]:
        """Pairs of value and label, in one language or in all."""
        pairs: list[tuple[float, str]] = []
        for name, labels in self.labels.items():
            if language in (None, name):
                values = self.values or self.allowed or ()
                pairs += (
                    labels.items()
                    if isinstance(labels, FrozenMap)
                    else zip(values, labels, strict=False)
                )
        return tuple((float(value), label) for value, label in pairs)

    def describe(self) -> str:
        """Say in a few words which answers are allowed.

        Examples
        --------
        >>> Response(min=1, max=5).describe(), Response(min=0, max=10, step="any").describe()
        ('whole numbers from 1 to 5', 'any number from 0 to 10')
        """
        if self.values:
            return "one of " + ", ".join(f"{value:g}" for value in self.values)
        span = f"from {self.low:g} to {self.high:g}"
        if self.step == "any":
            return f"any number {span}"
        return f"whole numbers {span}" if self.step == 1 else f"steps of {self.step:g} {span}"


class Linear(Part):
    """score = raw * multiply / divide + add; a fraction such as 20/9 stays exact."""

    multiply: Positive = 1
    divide: Positive = 1
    add: Number = 0

    def __call__(self, raw: float) -> float:
        """Map a raw score."""
        return raw * self.multiply / self.divide + self.add


class Item(Part):
    """One question. `name` is a short word for its content, also used to find its column.

    `linear` puts the answers of this item on the metric of the others (percent on 1 to 9) before
    anything else is done with them.
    """

    id: ItemId
    reverse: StrictBool = False
    name: ItemName | None = None
    text: FrozenMap[Language, Text] = FrozenMap()
    response: Response | None = None
    linear: Linear | None = None


class Missing(Part):
    """When an incomplete form still gets a score, and which.

    ``none``: only complete forms. ``prorate``: mean of the answered items stands for all.
    ``person-mean``: each missing answer is replaced by the mean of the answered ones (the same
    number as prorating where all weights are equal).
    """

    method: Literal["none", "prorate", "person-mean"] = "none"
    max_missing: Count | None = None
    min_answered_percent: Annotated[StrictInt, Field(gt=0, le=100)] | None = None
    not_applicable: Literal["counts-as-missing", "leaves-denominator"] | None = None
    max_not_applicable: Count | None = None
    form_max_missing: Count | None = None
    source: Text | None = None


def _item_list(given: object) -> object:
    if given == "all":
        return given
    if not isinstance(given, (list, tuple)):
        raise ValueError("must be a list of item ids, or the word all")
    return given


class Scale(Part):
    """A subscale or a total: the items that make one score.

    `reverse` replaces the items' own `reverse` in this scale alone. ``top`` scores 1 where every
    item has the highest answer, else 0: its mean over forms is the share of top scores.
    """

    items: Annotated[
        Literal["all"] | Annotated[tuple[ItemId, ...], Field(min_length=1)],
        BeforeValidator(
            _item_list,
            json_schema_input_type=Literal["all"] | Annotated[list[ItemId], Field(min_length=1)],
        ),
    ]
    title: Text | None = None
    constructs: tuple[Construct, ...] = ()
    method: Literal["sum", "mean", "weighted-sum", "weighted-mean", "top"] = "sum"
    weights: FrozenMap[ItemId, Positive] = FrozenMap()
    linear: Linear | None = None
    reverse: tuple[ItemId, ...] | None = None
    higher_is: Literal["better", "worse", "neutral"] = "better"
    missing: Missing | None = None


class Recode(Part):
    """What the values of an export mean for some items: raw value -> answer."""

    items: Annotated[
        Literal["all"] | Annotated[tuple[ItemId, ...], Field(min_length=1)],
        BeforeValidator(_item_list, json_schema_input_type=Literal["all"] | list[ItemId]),
    ]
    values: Annotated[FrozenMap[Number, Number], Field(min_length=1)]


class Coding(Part):
    """Another way in which exports store the answers; items it does not name stay as they are.

    A coding is never guessed: the caller asks for it by name. `recode` lists values; `linear` puts
    marks of another unit (millimetres) on the line of the definition.
    """

    title: Text
    recode: tuple[Recode, ...] = ()
    linear: Linear | None = None
    source: Text


class OwnCoding(Part):
    """Name of the definition's own way to count, to say that it is the one an export has.

    `rivals` are codings of this definition, or ids of other definitions, between which numbers
    that fit both do not decide: they are refused until one is named.
    """

    name: CodingId
    title: Text
    rivals: tuple[Text, ...] = ()
    source: Text


Metric = Literal["score", "sum", "item-mean", "pomp"]


class Norm(Part):
    """Mean and SD of a population on one scale, in a stated metric."""

    scale: ScaleId
    metric: Metric
    mean: Number
    sd: Positive | None = None
    n: Annotated[StrictInt, Field(gt=0)] | None = None
    population: Text
    source: Text
    note: Text | None = None


class Reliability(Part):
    """A published reliability of one scale."""

    scale: ScaleId
    kind: Literal["alpha", "omega", "test-retest", "icc", "split-half", "inter-rater"]
    value: Share
    n: Annotated[StrictInt, Field(gt=0)] | None = None
    population: Text
    source: Text
    note: Text | None = None


class Cutoff(Part):
    """A published threshold with its comparison spelled out: the boundary is never guessed."""

    scale: ScaleId
    operator: Literal["<", "<=", ">", ">="]
    value: Number
    metric: Metric = "score"
    meaning: Text
    source: Text
    note: Text | None = None


class GroupRule(Part):
    """How many complete forms a score of a clinician, clinic or other group needs."""

    min_forms: Annotated[StrictInt, Field(ge=1)]
    source: Text
    note: Text | None = None


# the model that stands under each key of a file, for messages that list what is allowed
PARTS: dict[str, type[Part]] = {
    "source": Source,
    "licence": Licence,
    "key": Key,
    "response": Response,
    "items": Item,
    "scales": Scale,
    "linear": Linear,
    "missing": Missing,
    "group": GroupRule,
    "codings": Coding,
    "own_coding": OwnCoding,
    "recode": Recode,
    "norms": Norm,
    "reliability": Reliability,
    "cutoffs": Cutoff,
}


def expand_items(given: Any) -> Any:
    """Turn a count or a list with bare ids into a list of item mappings."""
    if isinstance(given, bool):
        raise ValueError("must be a number of items or a list of items")
    if isinstance(given, int):
        if not 1 <= given <= 1000:
            raise ValueError("must be a number of items from 1 to 1000, or a list of items")
        return [{"id": number} for number in range(1, given + 1)]
    if not isinstance(given, (list, tuple)):
        raise ValueError("must be a number of items or a list of items")
    return [item if isinstance(item, (dict, Item)) else {"id": item} for item in given]
