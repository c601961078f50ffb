"""Canaries in every format and encoding that leaves are found, by three ways of looking; and the search can fail."""

# ruff: noqa: E501 - one line a format reads best

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glassledger.errors import PrivacyError, UsageError
from glassledger.redaction.guard import Guard, LeakIndex, require_clean
from glassledger.redaction.guard.limits import DEPTH
from glassledger.redaction.keys import Key

KEY = Key.from_secret(bytes(range(32)))
EMAIL, NAME, HAN, CARD = "zq.canary77@example.com", "Quentin Zyxwvutsky", "欧阳淼森", "4532015112830366"
LEAK = f"before {EMAIL} / {NAME} / {HAN} / {CARD} after"

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "gb18030")


def _zip(data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("schema.json", "{}")
        archive.writestr("inner.bin", data)
    return out.getvalue()


def _tar(data: bytes, mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo("x")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _dumped(value: Any, compress: Any = 0) -> bytes:
    out = io.BytesIO()
    joblib.dump(value, out, compress=compress)
    return out.getvalue()


def _npy(value: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray([value, "x"]))
    return out.getvalue()


def _npz(value: Any) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, a=np.asarray([value, "x"]))
    return out.getvalue()


def _parquet(text: str, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"n": list(range(50)), "c": ["x"] * 49 + [text]}), out, **options)
    return out.getvalue()


def _parquet_metadata(text: str) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"n": [1]}).replace_schema_metadata({"note": text}), out)
    return out.getvalue()


def _arrow(text: str, *, compression: str | None = None) -> bytes:
    out = io.BytesIO()
    table = pa.table({"c": pa.array([text, "x"]).dictionary_encode(), "l": pa.array([[text], ["y"]])})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def _sqlite(text: str) -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (a, b)")
        database.execute("INSERT INTO t VALUES (?, ?)", ("x" * 5000, ("y" * 3000) + text))  # over several pages
        return database.serialize()


def _pdf(text: str) -> bytes:
    """A page whose letters are numbered in an order of our own, in a compressed stream: only ToUnicode tells them."""
    letters = sorted(set(text))
    glyphs = "".join(f"{letters.index(letter):04x}" for letter in text)
    mapping = "\n".join(f"<{n:04x}> <{letter.encode('utf-16-be').hex()}>" for n, letter in enumerate(letters))
    cmap = (
        f"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <ffff> "
        f"endcodespacerange {len(letters)} beginbfchar\n{mapping}\nendbfchar endcmap end end"
    )
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 2000 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        _stream(f"BT /F 9 Tf 9 9 Td <{glyphs}> Tj ET".encode()),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
        b"/Supplement 0 >> >>",
        _stream(cmap.encode()),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + table
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)


def _stream(body: bytes) -> bytes:
    packed = zlib.compress(body)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream"


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04X}" for letter in text)


#: every way in which our artefacts, or those of the libraries beside us, write a text
FORMATS: dict[str, Callable[[str], bytes]] = {
    **{f"log in {name}": lambda text, name=name: text.encode(name) for name in ENCODINGS},
    **{f"pickle protocol {n}": lambda text, n=n: pickle.dumps({"bins": [text]}, protocol=n) for n in range(6)},
    **{f"joblib {c}": lambda text, c=c: _dumped([text], c) for c in (0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3))
       if c != ("lzma", 3)},
    **{f"parquet {c}": lambda text, c=c: _parquet(text, compression=c) for c in ("none", "snappy", "gzip", "zstd", "lz4")},
    **{f"{name} in a zip": lambda text, name=name: _zip(text.encode(name)) for name in ("utf-8", "utf-16", "utf-32-be")},
    "pickled array (UTF-32)": lambda text: pickle.dumps(np.asarray([text])),
    "joblib array": lambda text: _dumped(np.asarray([text, "x"]), 3),
    "pickled object array": lambda text: pickle.dumps(np.asarray([text, None], dtype=object)),
    "pickled frame": lambda text: pickle.dumps(pd.DataFrame({"c": [text]})),
    "npy": _npy,
    "npz": _npz,
    "skops (npy and JSON in a zip)": lambda text: _zip(_npy(text)),
    "JSON": lambda text: json.dumps({"a": text}, ensure_ascii=False).encode(),
    "JSON, ASCII": lambda text: json.dumps({"a": text}).encode(),
    "JSON, all escaped": lambda text: f'{{"a": "{_escaped(text)}"}}'.encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"a": text})).encode(),
    "HTML entities": lambda text: "".join(f"&#x{ord(c):x};" for c in text).encode(),
    "HTML text": lambda text: f"<p title=\"x\">{html.escape(text)}</p>".encode(),
    "letters apart in SVG": lambda text: "".join(f'<tspan x="{n}">{c}</tspan>' for n, c in enumerate(text)).encode(),
    "SVG comment": lambda text: f"<svg><!-- {text} --><path d='M0 0'/></svg>".encode(),
    "SVG data URI": lambda text: (b"<image href='data:image/svg+xml;base64," + base64.b64encode(text.encode()) + b"'/>"),
    "URL": lambda text: f"https://example.org/?q={quote(text)}".encode(),
    "URL, all escaped": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()).encode(),
    "URL twice": lambda text: quote(quote(text)).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, URL-safe": lambda text: base64.urlsafe_b64encode(("???" + text).encode()).rstrip(b"="),
    "base64 in lines": lambda text: base64.encodebytes(("x" * 200 + text).encode()),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")),
    "base64 of gzip in JSON": lambda text: json.dumps({"z": base64.b64encode(gzip.compress(text.encode())).decode()}).encode(),
    "hexadecimal": lambda text: text.encode().hex().encode(),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()).encode(),
    "zero-width spaces": lambda text: "\u200b".join(text).encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "two gzip streams": lambda text: gzip.compress(b"nothing") + gzip.compress(text.encode()),
    "zlib": lambda text: zlib.compress(text.encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "tar": lambda text: _tar(text.encode(), "w"),
    "tar.gz": lambda text: _tar(text.encode("utf-16"), "w:gz"),
    "zip in zip in gzip": lambda text: gzip.compress(_zip(_zip(text.encode("utf-32"), zipfile.ZIP_BZIP2), zipfile.ZIP_LZMA)),
    "parquet metadata": _parquet_metadata,
    "arrow": _arrow,
    "arrow, compressed": lambda text: _arrow(text, compression="zstd"),
    "SQLite": _sqlite,
    "PDF": _pdf,
    "CSV": lambda text: pd.DataFrame({"a": [text]}).to_csv(index=False).encode(),
    "a long line": lambda text: ("x " * 5000 + text + " y" * 5000).encode(),
    "bytes around": lambda text: bytes(range(256)) * 3 + text.encode() + bytes(range(255, -1, -1)),
    "bytes around UTF-32": lambda text: bytes(range(256)) * 3 + b"z" + text.encode("utf-32-be") + b"\xff\xfe\xfd",
}  # fmt: skip


def _index(*values: str) -> LeakIndex:
    return LeakIndex.of([pd.Series(list(values), dtype=object)], key=KEY)


LOOKS: dict[str, tuple[Guard, str]] = {
    "canary": (Guard(canaries=("zq.canary77",)), "canary"),
    "name in the index": (Guard(indexes=(_index(NAME, "someone else"),)), "training value"),
    "Chinese name in the index": (Guard(indexes=(_index(HAN),)), "training value"),
    "e-mail detector": (Guard(), "email"),
    "card detector": (Guard(), "payment_card"),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("form", FORMATS)
def test_what_leaks_is_found(form: str, look: str) -> None:
    guard, kind = LOOKS[look]
    data = FORMATS[form](LEAK)
    record = guard.artefacts([("artefact", data)])
    assert record.unreadable == ()
    assert kind in {finding.kind for finding in record.findings}
    with pytest.raises(PrivacyError) as caught:
        require_clean(record, what="The artefact")
    said = str(caught.value) + json.dumps(caught.value.facts) + record.model_dump_json()
    assert not any(value in said for value in (EMAIL, NAME, HAN, CARD, "canary77"))


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_artefact_without_the_leak_passes(form: str) -> None:
    guard = Guard(indexes=(_index(NAME, HAN, EMAIL, CARD),), canaries=("zq.canary77",))
    record = guard.artefacts([("artefact", FORMATS[form]("before / nobody at all / 没有人 / 12345 after"))])
    assert record.clean, record


@pytest.mark.parametrize("form", ["gzip", "PDF", "pickled array (UTF-32)", "tar.gz", "base64 in lines"])
def test_a_plain_search_would_miss_it(form: str) -> None:
    """The formats are really closed to a byte search: what finds them is the unpacking."""
    assert EMAIL.encode() not in FORMATS[form](LEAK)


def test_every_part_of_the_search_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard without one of its parts misses something, so these tests can fail."""
    import glassledger.redaction.guard.scan as scan

    guard = LOOKS["e-mail detector"][0]
    for part, blind, form in (
        ("opener", lambda data: None, "gzip"),
        ("decodings", lambda data: [("", data.decode("utf-8", "replace"))], "pickled array (UTF-32)"),
        ("unescaped", lambda text: [], "JSON, all escaped"),
        ("embedded", lambda text: [], "base64"),
        ("untagged", lambda text: text, "letters apart in SVG"),
        ("find_spans", lambda texts: [()] * len(list(texts)), "CSV"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(scan, part, blind)
            assert guard.artefacts([("a", FORMATS[form](LEAK))]).findings == (), part


# ── fail closed ──


def _encrypted_zip() -> bytes:
    data = bytearray(_zip(b"x", zipfile.ZIP_STORED))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(magic, at + 4)
    return bytes(data)


CLOSED = {
    "zstandard": b"\x28\xb5\x2f\xfd" + bytes(20),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(20),
    "a broken gzip": gzip.compress(b"x" * 1000)[:-9],
    "a broken zip": _zip(b"x" * 1000)[:-30],
    "a broken parquet": _parquet("x")[:-3],
    "a broken pdf": b"%PDF-1.7\nnonsense",
    "a broken database": _sqlite("x")[:3000],
    "an encrypted zip": _encrypted_zip(),
    "an image in a zip": _zip(b"\xff\xd8\xff" + bytes(30)),
}


@pytest.mark.parametrize("what", CLOSED)
def test_what_cannot_be_read_is_no_pass(what: str) -> None:
    record = Guard().artefacts([("artefact", CLOSED[what])])
    assert len(record.unreadable) == 1
    with pytest.raises(PrivacyError) as caught:
        require_clean(record, what="It")
    assert caught.value.code == "leak-unchecked"


def test_a_bomb_and_a_well_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    import glassledger.redaction.guard.limits as limits

    monkeypatch.setattr(limits.Allowance, "__init__", lambda self: self.__dict__.update(
        left=1 << 20, members=100, read=0, seen=set()))  # fmt: skip
    bomb = gzip.compress(bytes(50 << 20))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for place in range(200):
            archive.writestr(str(place), "x")
    well = b"deep"
    for _ in range(DEPTH + 2):
        well = gzip.compress(well)
    for data in (bomb, many.getvalue(), well):
        assert len(Guard().artefacts([("a", data)]).unreadable) == 1


def test_nothing_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Guard().files([tmp_path])
    assert not Guard().artefacts([]).clean


def test_a_file_name_may_be_the_leak(tmp_path: Path) -> None:
    (tmp_path / f"{EMAIL}.txt").write_text("x")
    record = Guard().files([tmp_path])
    assert [(item.kind, item.place) for item in record.findings] == [("email", "a file name")]


def test_a_member_name_may_be_the_leak_and_is_not_shown() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(EMAIL, "x")
    record = Guard().artefacts([("a.zip", out.getvalue())])
    assert record.findings
    assert EMAIL not in record.model_dump_json()


def test_what_is_allowed_may_stand() -> None:
    guard = Guard(allowed=frozenset({"contact: dpo@example.com"}))
    assert guard.artefacts([("a", b"ask dpo@example.com")]).clean
    assert guard.artefacts([("a", b"<td>dpo@example.com</td><td>next</td> \\u003cdpo@example.com\\u003e")]).clean
    assert not guard.artefacts([("a", b"ask ada@example.com")]).clean
    assert not guard.artefacts([("a", b"<b>ada@example.com</b><b>dpo@example.com</b>")]).clean


# ── the index ──


def test_the_index_holds_no_value_and_finds_them_all() -> None:
    people = [f"Person{n} Surname{n}" for n in range(500)]
    index = LeakIndex.of([pd.Series(people)], key=KEY)
    data = index.to_bytes()
    assert b"erson" not in data
    again = LeakIndex.from_bytes(data, key=KEY)
    assert [again.count(f"x {name.upper()}, y") for name in people] == [1] * 500
    assert again.count("Person1 Surname2 and Person3 alone") == 0


def test_the_index_needs_its_key() -> None:
    from glassledger.errors import AuditError

    data = _index(NAME).to_bytes()
    other = Key.from_secret(bytes(range(1, 33)))
    for key, body in ((other, data), (KEY, data[:-1]), (KEY, b"x")):
        with pytest.raises(AuditError):
            LeakIndex.from_bytes(body, key=key)
    assert LeakIndex(other, _index(NAME).hashes, (2,)).count(NAME) == 0


def test_values_that_would_be_met_everywhere_are_left_out_and_counted() -> None:
    index = LeakIndex.of([pd.Series(["1", "42", "Li", "north", "1234567", None])], key=KEY, public=["North"])
    assert (len(index), index.left_out) == (1, 4)
    assert index.count("1 42 Li north") == 0
    assert index.count("no 1234567!") == 1


def test_numbers_are_found_however_they_are_written() -> None:
    index = _index("+49 170 555-0100", "4532 0151 1283 0366")
    assert index.count("call 491705550100 or 4532015112830366 or 4532-0151-1283-0366") == 3


def test_figures_that_pass_a_check_digit_by_chance_are_no_finding():
    figures = np.random.default_rng(1).normal(size=60_000) * 10.0 ** np.random.default_rng(2).integers(-3, 4, 60_000)
    record = Guard().artefacts([("evidence.json", json.dumps({"values": figures.tolist()}).encode())])
    assert not record.findings
    found = Guard().artefacts([("evidence.json", b'{"card":"4111 1111 1111 1111","number":4111111111111111}')])
    assert found.findings
