"""Search artefacts before they leave: unpack, decode, detect; report kind, place and count, and fail closed."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from glassledger.errors import PrivacyError, UsageError
from glassledger.files import read_bytes
from glassledger.policy.faults import short
from glassledger.records.leak import GuardRecord, LeakFinding
from glassledger.redaction.guard.containers import opener
from glassledger.redaction.guard.index import LeakIndex
from glassledger.redaction.guard.limits import DEPTH, Allowance, UnreadableError
from glassledger.redaction.guard.texts import decodings, embedded, unescaped, untagged
from glassledger.redaction.spans import find_spans

#: Kinds that chance hardly ever writes: a check place or a shape of their own, so that a hit is worth stopping for.
CERTAIN = frozenset(("email", "iban", "payment_card", "cn_id", "fr_nir", "it_codice_fiscale", "us_ssn", "url_token"))

_LINE = 2_000
_OVERLAP = 64
_SHOWN = 20


#: Characters before a span that tell whether it is part of a number.
_CONTEXT = 2
_DECIMAL = re.compile(r"\d+\.\d+")


@dataclass(frozen=True)
class Guard:
    """What is looked for.

    Attributes
    ----------
    indexes : tuple of LeakIndex
        Identifying values of tables that models were fitted on.
    canaries : tuple of str
        Planted values that must never be met.
    allowed : frozenset of str
        Texts that may stand in artefacts, such as the contact in the policy; a detected value inside one is no finding.
    """

    indexes: tuple[LeakIndex, ...] = ()
    canaries: tuple[str, ...] = ()
    allowed: frozenset[str] = field(default_factory=frozenset)

    def files(self, paths: Iterable[Path]) -> GuardRecord:
        """Look into files, and into all files of folders.

        Raises
        ------
        UsageError
            ``guard-nothing`` when there is no file: an empty folder proves nothing.
        StorageError
            When a file cannot be read.
        """
        found = [file for path in paths for file in _files(path)]
        if not found:
            raise UsageError(
                "There is nothing to look into.", code="guard-nothing", hint="Name files, or folders that hold some."
            )
        return self.artefacts((str(path), read_bytes(path)) for path in found)

    def artefacts(self, items: Iterable[tuple[str, bytes]]) -> GuardRecord:
        """Look into (place, bytes) pairs; what cannot be read is listed and is no pass."""
        counts: Counter[tuple[str, str]] = Counter()
        unreadable: list[str] = []
        files = size = 0
        for place, data in items:
            files += 1
            allowance = Allowance()
            try:
                self._place(place, counts)
                self._bytes(data, short_place(place), allowance, counts, 0)
            except UnreadableError as reason:
                unreadable.append(f"{short_place(place)}: {reason}")
            size += len(data) + allowance.read
        findings = (LeakFinding(kind=kind, place=place, count=n) for (place, kind), n in sorted(counts.items()))
        return GuardRecord(
            files=files,
            bytes_read=size,
            indexed_values=sum(map(len, self.indexes)),
            findings=tuple(findings),
            unreadable=tuple(unreadable),
        )

    def _place(self, place: str, counts: Counter[tuple[str, str]]) -> None:
        """A file's own name may be the leak; it is then not shown."""
        name = Path(place).name
        for kind, count in self._kinds(name):
            counts[("a file name", kind)] += count

    def _bytes(
        self, data: bytes, place: str, allowance: Allowance, counts: Counter[tuple[str, str]], depth: int
    ) -> None:
        if depth > DEPTH:
            raise UnreadableError("is nested deeper than the limit")
        mark = hashlib.sha256(data).digest()
        if not data or mark in allowance.seen:
            return
        allowance.seen.add(mark)
        opens = opener(data)
        if opens is not None:
            for way, inner in opens(data, allowance):
                where = f"{place} › {way}"
                if isinstance(inner, bytes):
                    self._bytes(inner, where, allowance, counts, depth + 1)
                else:
                    self._text(inner, where, allowance, counts, depth + 1)
        for encoding, text in decodings(data):
            self._text(
                text, f"{place} › {encoding}" if encoding else place, allowance, counts, depth, wide=bool(encoding)
            )

    def _text(
        self,
        text: str,
        place: str,
        allowance: Allowance,
        counts: Counter[tuple[str, str]],
        depth: int,
        *,
        wide: bool = False,
    ) -> None:
        """Look at a text, at what stands behind its escapes, and at the bytes that are written out in it."""
        layers = [("", text), *unescaped(text)]
        bare = untagged(layers[-1][1])
        if bare != layers[-1][1]:
            layers.append(("without tags", bare))
        for way, layer in layers:
            where = f"{place} › {way}" if way else place
            for kind, count in self._kinds(layer):
                counts[(where, kind)] += count
            if wide and not way:
                continue  # bytes read in a wrong width hold no base64
            for how, data in embedded(layer):
                if len(data) >= 8 and depth < DEPTH:
                    self._embedded(data, f"{where} › {how}", allowance, counts, depth + 1)

    def _embedded(
        self, data: bytes, place: str, allowance: Allowance, counts: Counter[tuple[str, str]], depth: int
    ) -> None:
        """Bytes that a run of letters may stand for. Most runs are words or digests, and what those decode to may look
        like a broken container: only here that is no error, but for limits."""
        allowance.take(len(data))
        try:
            self._bytes(data, place, allowance, counts, depth)
        except UnreadableError:
            if allowance.left < 0 or allowance.members < 0 or len(data) > 4096:
                raise

    def _kinds(self, text: str) -> Iterator[tuple[str, int]]:
        found: Counter[str] = Counter()
        folded = text.casefold()
        for canary in self.canaries:
            found["canary"] += folded.count(canary.casefold())
        for index in self.indexes:
            found["training value"] += index.count(text)
        parts = list(_pieces(text))
        pieces = [piece for _, piece in parts]
        for (goes_on, piece), spans in zip(parts, find_spans(pieces), strict=True):
            for span in spans:
                if goes_on and span.start < _CONTEXT:
                    continue  # the piece before holds it whole, with what stands before it
                if span.kind not in CERTAIN or _is_figure(piece, span.start, span.end):
                    continue
                if not self._may_stand(piece[span.start : span.end]):
                    found[span.kind] += 1
        yield from ((kind, count) for kind, count in found.items() if count)

    def _may_stand(self, value: str) -> bool:
        """Part of an allowed text, or an allowed address with letters of its neighbours or of an escape on it."""
        if any(value in text for text in self.allowed):
            return True
        rest = value
        for address in self._addresses:
            rest = rest.replace(address, "")
        return "@" in value and "@" not in rest

    @cached_property
    def _addresses(self) -> tuple[str, ...]:
        """E-mail addresses in the allowed texts, longest first."""
        texts = [line for text in self.allowed for line in text.splitlines()]
        found = {text[s.start : s.end] for text, spans in zip(texts, find_spans(texts), strict=True) for s in spans}
        return tuple(sorted((item for item in found if "@" in item), key=len, reverse=True))


def _is_figure(text: str, start: int, end: int) -> bool:
    """A decimal number, or digits behind a decimal point: among thousands of figures some pass a check by chance."""
    behind_point = start >= 2 and text[start - 1] == "." and text[start - 2].isdigit() and text[start].isdigit()
    return behind_point or _DECIMAL.fullmatch(text, start, end) is not None


def require_clean(record: GuardRecord, *, what: str) -> GuardRecord:
    """The record, if it is clean.

    Raises
    ------
    PrivacyError
        ``leak-found`` with kinds, places and counts, or ``leak-unchecked`` when something could not be read.
    """
    if record.clean:
        return record
    lines = [f"  {item.kind} × {item.count:,} in {item.place}" for item in record.findings[:_SHOWN]]
    lines += [f"  cannot be read: {place}" for place in record.unreadable[:_SHOWN]]
    more = len(record.findings) + len(record.unreadable) - len(lines)
    lines += [f"  … and {more} more"] if more > 0 else []
    found = bool(record.findings)
    raise PrivacyError(
        "\n".join(
            (f"{what} {'holds personal values' if found else 'could not be looked into'}; it stays here.", *lines)
        ),
        code="leak-found" if found else "leak-unchecked",
        hint="Find out how the values got there; values that are public anyway can be allowed by name."
        if found
        else "Write it in a form that can be read: unencrypted, uncompressed, no images.",
        facts={
            "findings": [item.to_dict() for item in record.findings[:500]],
            "unreadable": list(record.unreadable[:500]),
        },
    )


def short_place(place: str) -> str:
    """A path cut to what a message can show."""
    return short(Path(place).name)


def _files(path: Path) -> Sequence[Path]:
    return sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Lines, and long lines in overlapping pieces, so that no text is too long for one look.

    Each with whether it goes on where another piece of its line stopped.
    """
    for line in text.splitlines():
        if len(line) <= _LINE:
            if line:
                yield False, line
            continue
        for at in range(0, len(line), _LINE - _OVERLAP):
            yield at > 0, line[at : at + _LINE]
