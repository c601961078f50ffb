"""Containers opened by what their bytes say, never by their name: archives, compression, tables, databases, PDF.

Nothing is unpickled and nothing is written to disk. Every opener reads in pieces against an allowance, so a bomb costs
no more than the limit.
"""

import bz2
import io
import lzma
import re
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from glassledger.redaction.guard.limits import Allowance, UnreadableError

#: (way into it, bytes or text)
Inner = tuple[str, bytes | str]
Opener = Callable[[bytes, Allowance], Iterator[Inner]]

_PIECE = 1 << 20
_ROWS = 65_536
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_CLOSED = {
    b"\x28\xb5\x2f\xfd": "is compressed with zstandard",
    b"\x04\x22\x4d\x18": "is compressed with LZ4",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive",
    b"Rar!\x1a\x07": "is a RAR archive",
    b"\x89PNG\r\n\x1a\n": "is an image, whose pixels cannot be searched",
    b"\xff\xd8\xff": "is an image, whose pixels cannot be searched",
    b"GIF8": "is an image, whose pixels cannot be searched",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "is an old Office file",
    b"Obj\x01": "is an Avro file",
}


def opener(data: bytes) -> Opener | None:
    """What opens these bytes; None when they are no container.

    Raises
    ------
    UnreadableError
        For kinds that nobody here can open.
    """
    for magic, reason in _CLOSED.items():
        if data.startswith(magic):
            raise UnreadableError(reason)
    for magic, opens in _OPENERS:
        if data.startswith(magic):
            return opens
    if data[257:262] == b"ustar":
        return _tar
    if data.startswith(_ZLIB):
        return _zlib
    return _PDF_OPENER if b"%PDF-" in data[:1024] else None


def _inflated(decompress: Any, data: bytes, allowance: Allowance) -> bytes:
    """Everything that a decompressor gives, in pieces; several streams one after the other are all read."""
    out: list[bytes] = []
    try:
        while data:
            engine = decompress()
            for piece in _drained(engine, data):
                allowance.take(len(piece))
                out.append(piece)
            if not engine.eof:
                raise UnreadableError("is cut short")
            data = engine.unused_data.lstrip(b"\0")
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        raise UnreadableError("is compressed and damaged") from None
    return b"".join(out)


def _drained(engine: Any, data: bytes) -> Iterator[bytes]:
    while not engine.eof:
        piece = engine.decompress(data, _PIECE)
        yield piece
        data = getattr(engine, "unconsumed_tail", b"")
        if not piece and not data:
            return


def _gzip(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    yield "gzip", _inflated(lambda: zlib.decompressobj(31), data, allowance)


def _bz2(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    yield "bzip2", _inflated(bz2.BZ2Decompressor, data, allowance)


def _xz(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    yield "xz", _inflated(lambda: lzma.LZMADecompressor(memlimit=1 << 28), data, allowance)


def _zlib(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    """Two bytes are a weak sign, so a text that merely begins like zlib is no error."""
    engine = zlib.decompressobj()
    try:
        first = engine.decompress(data, 64)
    except zlib.error:
        return
    if first:
        yield "zlib", _inflated(zlib.decompressobj, data, allowance)


def _zip(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield "comment", archive.comment
            for place, info in enumerate(archive.infolist()):
                allowance.member()
                yield f"name of member {place}", info.filename
                yield f"comment of member {place}", info.comment + info.extra
                if info.flag_bits & 1:
                    raise UnreadableError("holds an encrypted member")
                with archive.open(info) as stream:
                    yield f"member {place}", _read(stream, allowance)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        raise UnreadableError("is a zip archive that cannot be opened") from None


def _tar(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for place, info in enumerate(archive):
                allowance.member()
                yield f"name of member {place}", f"{info.name}\n{info.linkname}\n{info.uname}\n{info.gname}"
                stream = archive.extractfile(info) if info.isfile() else None
                if stream is not None:
                    yield f"member {place}", _read(stream, allowance)
    except (tarfile.TarError, OSError, EOFError, ValueError):
        raise UnreadableError("is a tar archive that cannot be opened") from None


def _read(stream: Any, allowance: Allowance) -> bytes:
    out: list[bytes] = []
    while piece := stream.read(_PIECE):
        allowance.take(len(piece))
        out.append(piece)
    return b"".join(out)


def _parquet(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        footer = file.metadata
        for key, value in (footer.metadata or {}).items():
            yield "footer metadata", key + b"\n" + value
        yield "footer schema", "\n".join(file.schema_arrow.names)
        for group in range(footer.num_row_groups):
            for place in range(footer.num_columns):
                found = footer.row_group(group).column(place).statistics
                if found is not None and found.has_min_max:
                    yield f"statistics of column {place}", f"{found.min}\n{found.max}"
        for batch in file.iter_batches(_ROWS):
            yield from _cells(batch, allowance)
    except (pa.ArrowException, OSError, ValueError, KeyError):
        raise UnreadableError("is a Parquet file that cannot be read") from None


def _arrow(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    try:
        reader = pa.ipc.open_file(pa.BufferReader(data))
        for key, value in (reader.schema.metadata or {}).items():
            yield "schema metadata", key + b"\n" + value
        yield "schema", "\n".join(reader.schema.names)
        for place in range(reader.num_record_batches):
            yield from _cells(reader.get_batch(place), allowance)
    except (pa.ArrowException, OSError, ValueError):
        raise UnreadableError("is an Arrow file that cannot be read") from None


def _cells(batch: pa.RecordBatch, allowance: Allowance) -> Iterator[Inner]:
    """Distinct cells of each column as text, one a line; binary cells as they are."""
    for place, column in enumerate(batch.columns):
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        where = f"column {place}"
        allowance.take(plain.nbytes)
        cells = plain.to_pylist() if pa.types.is_nested(plain.type) else plain.unique().to_pylist()
        blobs = [cell for cell in cells if isinstance(cell, bytes)]
        yield from ((where, blob) for blob in blobs)
        if len(blobs) < len(cells):
            yield where, "\n".join(str(cell) for cell in cells if cell is not None and not isinstance(cell, bytes))


def _sqlite(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(data)
        yield "schema", "\n".join(str(row[0]) for row in database.execute("SELECT sql FROM sqlite_master"))
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for place, table in enumerate(tables):
            quoted = '"' + table.replace('"', '""') + '"'
            for row in database.execute(f"SELECT * FROM {quoted}"):  # noqa: S608 - the name is the database's own
                for cell in row:
                    if isinstance(cell, str | bytes) and cell:
                        allowance.take(len(cell))
                        yield f"table {place}", cell
    except sqlite3.Error:
        raise UnreadableError("is a database that cannot be read") from None
    finally:
        database.close()


def _pdf(data: bytes, allowance: Allowance) -> Iterator[Inner]:
    """Inflated streams as they are, and the text as a reader sees it (fonts may number their glyphs freely)."""
    from glassledger.redaction.guard.pdf import pages

    for place, match in enumerate(_STREAM.finditer(data)):
        allowance.member()
        if match[1].startswith(_ZLIB):
            engine = zlib.decompressobj()
            try:
                body = engine.decompress(match[1], min(allowance.left, EXPANDED_STREAM) + 1)
            except zlib.error:
                continue  # not flate after all; pages() decides whether the file can be read
            allowance.take(len(body))
            yield f"stream {place}", body
    for place, text in enumerate(pages(data)):
        allowance.take(len(text))
        yield f"text {place}", text


EXPANDED_STREAM = 1 << 28
_PDF_OPENER: Opener = _pdf
_OPENERS: tuple[tuple[bytes, Opener], ...] = (
    (b"\x1f\x8b", _gzip),
    (b"BZh", _bz2),
    (b"\xfd7zXZ\x00", _xz),
    (b"PK\x03\x04", _zip),
    (b"PK\x05\x06", _zip),
    (b"PAR1", _parquet),
    (b"ARROW1", _arrow),
    (b"SQLite format 3\x00", _sqlite),
)
