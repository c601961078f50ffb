"""The text of a PDF as a reader sees it: pypdf's one door (extra ``guard``)."""

import io
from collections.abc import Iterator

from glassledger.errors import MissingExtraError
from glassledger.redaction.guard.limits import UnreadableError


def pages(data: bytes) -> Iterator[str]:
    """The text of each page, then the document's properties and the names and bytes of attachments.

    Raises
    ------
    MissingExtraError
        Without pypdf.
    UnreadableError
        When the file is encrypted or damaged.
    """
    try:
        import pypdf
    except ImportError:
        raise MissingExtraError(
            "Looking into a PDF needs pypdf.", code="extra-missing", hint="pip install 'glassledger[guard]'"
        ) from None
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise UnreadableError("is an encrypted PDF")
        for page in reader.pages:
            yield page.extract_text()
        yield "\n".join(str(value) for value in (reader.metadata or {}).values())
        for name, contents in reader.attachments.items():
            yield name
            for content in contents:
                yield content.decode("latin-1")
    except UnreadableError:
        raise
    except Exception:  # noqa: BLE001 - a damaged PDF fails in many ways, and the text may quote it
        raise UnreadableError("is a PDF that cannot be read") from None
