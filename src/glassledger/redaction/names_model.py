"""People and places by a local spaCy model: an optional second pair of eyes for free text (extra ``ner``).

The model is a folder on this machine that the policy names. Nothing is ever fetched, and a package name is no path:
model packages on public indexes are often not what their name says. A model folder holds data and configuration; spaCy
loads it without unpickling code, but its configuration may name installed Python functions, so use one that you trust.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from glassledger.errors import MissingExtraError, PolicyError
from glassledger.redaction.spans import Span

#: spaCy's labels (OntoNotes and WikiNER schemes) → markers
_LABELS = {"PERSON": "person_name", "PER": "person_name", "GPE": "place", "LOC": "place", "FAC": "place"}

Recogniser = Callable[[Sequence[str]], list[tuple[Span, ...]]]


def names_model(folder: str) -> Recogniser:
    """Load a local model.

    Raises
    ------
    MissingExtraError
        Without spaCy.
    PolicyError
        ``names-model-missing`` when there is no model in the folder, ``names-model-unfit`` when it cannot be loaded or
        recognises nothing.
    """
    try:
        import spacy
    except ImportError:
        raise MissingExtraError(
            "Finding names in texts by a model needs spaCy.",
            code="extra-missing",
            hint="pip install 'glassledger[ner]'",
        ) from None
    path = Path(folder).expanduser()
    if not (path / "config.cfg").is_file():
        raise PolicyError(
            "There is no spaCy model in the folder that names_model names.",
            code="names-model-missing",
            hint="Give the folder that holds config.cfg; package names are not looked up.",
        )
    try:
        model = spacy.load(path)
    except Exception:  # noqa: BLE001 - a vendor's many ways to fail
        model = None
    if model is None or not {"ner", "entity_ruler"} & set(model.pipe_names):
        raise PolicyError(
            "The model that names_model names cannot be loaded, or recognises no entities.",
            code="names-model-unfit",
            hint="Use a spaCy pipeline with a component ner, made for the installed spaCy.",
        )

    def recognise(texts: Sequence[str]) -> list[tuple[Span, ...]]:
        return [
            tuple(
                Span(entity.start_char, entity.end_char, _LABELS[entity.label_])
                for entity in document.ents
                if entity.label_ in _LABELS
            )
            for document in model.pipe(texts)
        ]

    return recognise
