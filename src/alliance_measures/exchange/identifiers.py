"""Columns that say who someone is: left out unless asked for."""

from __future__ import annotations

import re

from alliance_measures.exchange.export import Draft

__all__ = ["drop_identifiers", "looks_identifying"]

WORDS = (
    "e_?mail|e_?mail_?address|mail_?address|adresse_e_?mail|e_mail_adresse|phone|phone_number"
    "|telephone|tel|mobile|mobile_number|cell_?phone|fax|ip|ip_?addr|ip_?address|ip_adresse"
    "|street|address|home_address|postal_address|postcode|postal_code|zip|zip_?code"
    "|first_?name|last_?name|sur_?name|fore_?name|given_?name|family_?name|full_?name|middle_?name"
    "|maiden_?name|user_?name|patient_?name|client_?name|participant_?name|therapist_?name"
    "|contact_?name|recipient_?name|vorname|nachname|nom|prenom|initials|subject_initials"
    "|name_?first|name_?last|name_?middle|name_?full|redcap_survey_identifier"
    "|dob|date_of_birth|birth_?date|birthday|geburtsdatum|ssn|social_security_number"
    "|nhs_?number|mrn|medical_record_number|latitude|longitude|geolocation"
)
_NAME = re.compile(rf"(.*_)?({WORDS})(_\d+)?")
_QUESTION = re.compile(r"(what_is_|enter_|please_enter_)?(your_)?")
MAX_WORDS = 6


def looks_identifying(name: str) -> bool:
    """Whether a column's name says that its cells identify a person.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool

    Examples
    --------
    >>> [looks_identifying(name) for name in ("E-mail", "next_of_kin_contact_phone", "Name")]
    [True, True, True]
    >>> [looks_identifying(name) for name in ("client", "q1", "session_date", "item_name_x")]
    [False, False, False, False]
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    plain = re.sub(r"[^\w]+", "_", spaced.casefold()).strip("_")
    bare = _QUESTION.sub("", plain, count=1)
    if bare in ("name", "names", "nombre", "naam"):
        return True
    return len(name.split()) <= MAX_WORDS and bool(_NAME.fullmatch(bare))


def drop_identifiers(draft: Draft, *, keep: bool) -> None:
    """Leave out the columns marked as identifying, or those whose names say so.

    Parameters
    ----------
    draft : Draft
        Changed in place; each column left out gets a note.
    keep : bool
        Keep them all, still marked in the codebook.
    """
    draft.fields = [
        one._replace(identifier=one.identifier or looks_identifying(one.column))
        for one in draft.fields
    ]
    marked = [one.column for one in draft.fields if one.identifier]
    for column in marked:
        word = "kept as asked" if keep else "left out; keep_identifiers=True keeps it"
        draft.note("identifier", f"identifies a person: {word}", column=column)
    if not keep and marked:
        gone = set(marked)
        draft.data = draft.data.drop(columns=[c for c in marked if c in draft.data.columns])
        draft.fields = [one for one in draft.fields if one.column not in gone]
        draft.reasons = [one for one in draft.reasons if one.column not in gone]
