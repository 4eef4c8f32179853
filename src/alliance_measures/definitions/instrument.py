"""The Instrument model: one definition file, frozen, with what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from alliance_measures.definitions import ranges
from alliance_measures.definitions.checks import cross_check
from alliance_measures.definitions.frozen import FrozenMap
from alliance_measures.definitions.parts import (
    Coding,
    CodingId,
    Cutoff,
    GroupRule,
    Item,
    ItemId,
    Key,
    Language,
    Licence,
    Missing,
    Norm,
    OwnCoding,
    Part,
    Reliability,
    Response,
    Scale,
    ScaleId,
    Source,
    Text,
    expand_items,
)
from alliance_measures.errors import ArgumentError, UnknownNameError
from alliance_measures.frames import near_misses

__all__ = ["ID_PATTERN", "Instrument", "MAX_ID"]

ID_PATTERN = r"^[a-z][a-z0-9_-]*$"
MAX_ID = 80
InstrumentId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=MAX_ID)]
ItemsInput = (
    Annotated[int, Field(ge=1, le=1000)] | Annotated[list[ItemId | Item], Field(min_length=1)]
)
RESULT_METRICS = {"sum": "sum", "weighted-sum": "sum", "mean": "item-mean"}


class Instrument(Part):
    """A questionnaire as data: items, answers, scales, rules, norms and their sources.

    Built by :func:`alliance_measures.load` from a YAML file; instances are frozen and hashable.
    Construction runs the same cross-checks as the reader.
    """

    model_config = ConfigDict(populate_by_name=True, title="Instrument definition, schema 1")

    schema_version: Literal[1] = Field(alias="schema")
    id: InstrumentId
    title: Text
    abbreviation: Text | None = None
    purpose: Text | None = None
    rater: Literal["client", "therapist", "observer", "parent"]
    target: Literal["relationship", "person"]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    source: Source
    licence: Licence
    key: Key
    traps: tuple[Text, ...] = ()
    instructions: FrozenMap[Language, Text] = FrozenMap()
    response: Response
    items: Annotated[
        tuple[Item, ...],
        Field(min_length=1),
        BeforeValidator(expand_items, json_schema_input_type=ItemsInput),
    ]
    scales: Annotated[
        FrozenMap[ScaleId, Scale],
        Field(
            min_length=1,
            json_schema_extra={"minProperties": 1, "additionalProperties": False},
        ),
    ]
    missing: Missing = Missing()
    group: GroupRule | None = None
    codings: FrozenMap[CodingId, Coding] = FrozenMap()
    own_coding: OwnCoding | None = None
    norms: tuple[Norm, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    cutoffs: tuple[Cutoff, ...] = ()
    path: SkipJsonSchema[Any] = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="after")
    def _cross_check(self) -> Instrument:
        problems = cross_check({name: getattr(self, name) for name in type(self).model_fields})
        if problems:
            raise ValueError("; ".join(f"{problem.where}: {problem.what}" for problem in problems))
        return self

    def __repr__(self) -> str:
        return (
            f"Instrument({self.id!r}: {len(self.items)} items, scales {', '.join(self.scales)}; "
            f"key {self.key.status})"
        )

    def __str__(self) -> str:
        from alliance_measures.definitions.portrait import portrait

        return portrait(self)

    def _repr_html_(self) -> str:
        from alliance_measures.definitions.portrait import portrait_html

        return portrait_html(self)

    def __hash__(self) -> int:
        return hash((self.id, self.title, self.items, self.scales, self.response))

    @property
    def item_ids(self) -> tuple[int | str, ...]:
        """Ids of all items in the order of the form."""
        return tuple(item.id for item in self.items)

    @property
    def constructs(self) -> tuple[str, ...]:
        """Constructs that the scales speak to, in the order of the scales."""
        found = (name for scale in self.scales.values() for name in scale.constructs)
        return tuple(dict.fromkeys(found))

    def cite(self, style: Literal["apa", "bibtex"] = "apa") -> str:
        """Citation of the instrument.

        Parameters
        ----------
        style : {"apa", "bibtex"}
            Text with the DOI as a link, or a BibTeX entry. What the definition does not state is
            left out.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            Another style.

        Examples
        --------
        >>> from alliance_measures import load
        >>> load("wai-sr-client").cite("bibtex").splitlines()[0]
        '@article{wai-sr-client,'
        """
        from alliance_measures.definitions import citation

        styles = {"apa": citation.apa, "bibtex": citation.bibtex}
        if style not in styles:
            raise ArgumentError(f"style must be one of {', '.join(styles)}")
        return styles[style](self)

    def item(self, item_id: int | str) -> Item:
        """Find the item with this id."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise _unknown("item", item_id, self.item_ids, self.id)

    def scale(self, name: str) -> Scale:
        """Find the scale with this name.

        Examples
        --------
        >>> from alliance_measures import load
        >>> load("wai-sr-client").scale("Task")
        Traceback (most recent call last):
        ...
        alliance_measures.errors.UnknownNameError: wai-sr-client has no scale of that name; did ...
        """
        try:
            return self.scales[name]
        except (KeyError, TypeError):
            raise _unknown("scale", name, self.scales, self.id) from None

    def response_of(self, item_id: int | str) -> Response:
        """Answers that this item allows."""
        return self.item(item_id).response or self.response

    def value_range(self, item_id: int | str) -> tuple[float, float]:
        """Lowest and highest value that an item brings into a scale, after its own transform."""
        return ranges.value_range(self.item(item_id), self.response)

    def scale_items(self, scale: str) -> tuple[int | str, ...]:
        """Ids of the items of a scale, in the order of the form.

        Examples
        --------
        >>> from alliance_measures import load
        >>> load("wai-sr-client").scale_items("bond")
        (3, 5, 7, 9)
        """
        return ranges.members(self.scale(scale), self.items)

    def reversed_items(self, scale: str) -> tuple[int | str, ...]:
        """Ids of the items that count reversed in a scale."""
        override = self.scale(scale).reverse
        ids = self.scale_items(scale)
        if override is not None:
            return tuple(item for item in ids if item in override)
        return tuple(item for item in ids if self.item(item).reverse)

    def missing_rule(self, scale: str) -> Missing:
        """Find the rule for incomplete forms that holds for a scale."""
        return self.scale(scale).missing or self.missing

    def score_range(self, scale: str) -> tuple[float, float]:
        """Lowest and highest possible score of a scale, derived and never typed in.

        Parameters
        ----------
        scale : str
            A scale's id.

        Returns
        -------
        tuple of float
            (lowest, highest).

        Examples
        --------
        >>> from alliance_measures import load
        >>> load("wai-sr-client").score_range("total")
        (12.0, 60.0)
        """
        return ranges.score_range(self.scale(scale), self.items, self.response)

    def can_prorate(self, scale: str) -> bool:
        """Whether the answered items can stand for the others: all have one range of answers."""
        definition = self.scale(scale)
        same = ranges.one_range(definition, self.items, self.response)
        return same or definition.method == "top"

    def metric_range(self, scale: str, metric: str) -> tuple[float, float]:
        """Range of a scale in a metric: its own score, plain sum, item mean or percent."""
        return ranges.metric_range(self.scale(scale), self.items, self.response, metric)

    def score_metric(self, scale: str) -> str:
        """Name the metric a scale's score is in: sum, item-mean, or score where it is neither.

        Examples
        --------
        >>> from alliance_measures import load
        >>> load("wai-sr-client").score_metric("task"), load("sdm-q-9").score_metric("total")
        ('sum', 'score')
        """
        definition = self.scale(scale)
        if definition.linear or definition.weights:
            return "score"
        return RESULT_METRICS.get(definition.method, "score")


def _unknown(what: str, name: object, known: Iterable[object], where: str) -> UnknownNameError:
    """Offer what looks like the name, or all there is; the name itself is not repeated."""
    near = near_misses(name, known)
    offer = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(map(str, known))}"
    return UnknownNameError(f"{where} has no {what} of that name; {offer}")
