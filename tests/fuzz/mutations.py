"""Damage from a random number: of bytes, of an archive's parts and records, of the words within a part."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from random import Random

Mutation = Callable[[Random, bytes], bytes]

_BYTES = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b'"',
    b"\n",
    b"\r",
    b";",
    b"<",
    b"&",
    b"\x1b[2J",
    b"PK\1\2",
    b"{[",
]
_NUMBERS = [
    "0", "-1", "-0", "1e400", "NaN", "Infinity", "1" * 40, "9" * 5000, "4294967296", "2147483648", "1048577", "16385",
    "99999999999999999999", "1e-400", "0x10", "١٢", "", "1.2.3",
]  # fmt: skip
_WORDS = [
    "", "\ud800", "&#xD800;", "&#0;", "&amp;", "]]>", "<!--", "\\ud800", "\\u0000", "XFD1048576", "A0", "A1:XFD1048576",
    "ZZZ99999999", "=1+1", "Ж" * 40_000, "null", "true", "[red]", "\x00", "\x0b", "١",
]  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TAG = re.compile(r"</?[\w:]+(?:\s[^<>]*)?/?>")
_ATTRIBUTE = re.compile(r'(?<==")[^"<>]*(?=")')
_LOCAL, _CENTRAL = b"PK\3\4", b"PK\1\2"


def _place(rng: Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def flipped(rng: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(rng.choice([1, 1, 3, 20, 200])):
        if out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(rng: Random, content: bytes) -> bytes:
    place = _place(rng, content) if rng.random() < 0.5 else max(len(content) - rng.randrange(1, 3000), 0)
    return content[:place] if rng.random() < 0.8 else content[place:]


def doubled(rng: Random, content: bytes) -> bytes:
    start, stop = sorted((_place(rng, content), _place(rng, content)))
    return content[:stop] + content[start:stop] * rng.choice([1, 1, 2, 30]) + content[stop:]


def removed(rng: Random, content: bytes) -> bytes:
    start = _place(rng, content)
    return content[:start] + content[start + rng.choice([1, 2, 7, 512, 5000]) :]


def inserted(rng: Random, content: bytes) -> bytes:
    place = _place(rng, content) if rng.random() < 0.9 else 0
    return content[:place] + rng.choice(_BYTES) * rng.choice([1, 1, 2, 1000]) + content[place:]


def integer(rng: Random, content: bytes) -> bytes:
    """A number of a binary format, or what stands in its place."""
    out = bytearray(content)
    for _ in range(rng.choice([1, 1, 4])):
        form = rng.choice(["<H", "<I"])
        size = struct.calcsize(form)
        if len(out) > size:
            early = rng.random() < 0.3
            place = rng.randrange(min(len(out) - size, 600) if early else len(out) - size)
            top = 256**size - 1
            value = rng.choice([0, 1, top, top - 1, top // 2 + 1, rng.randrange(top), rng.randrange(256)])
            struct.pack_into(form, out, place, value)
    return bytes(out)


BINARY: list[Mutation] = [flipped, cut, doubled, removed, inserted, integer]


def _swap(rng: Random, text: str, pattern: re.Pattern[str], values: list[str]) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    match = rng.choice(found)
    return text[: match.start()] + rng.choice(values) + text[match.end() :]


def worded(rng: Random, content: bytes) -> bytes:
    """A number, an attribute or a tag of a text replaced, doubled or dropped; the text need not be UTF-8."""
    text = content.decode("utf-8", errors="surrogateescape")
    for _ in range(rng.choice([1, 1, 2, 10])):
        kind = rng.randrange(5)
        tags = [match[0] for match in _TAG.finditer(text)]
        if kind == 0 or not tags:
            text = _swap(rng, text, _NUMBER, _NUMBERS)
        elif kind == 1:
            text = _swap(rng, text, _ATTRIBUTE, _NUMBERS + _WORDS)
        elif kind == 2:
            text = _swap(rng, text, _TAG, ["", rng.choice(tags), rng.choice(tags) * 2])
        elif kind == 3:
            text = _swap(rng, text, re.compile(r"(?<=>)[^<>]+(?=<)"), _NUMBERS + _WORDS)
        else:
            start, stop = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
            text = text[:stop] + text[start:stop] + text[stop:]
    return text.encode("utf-8", errors="surrogatepass" if rng.random() < 0.5 else "replace")


def part(rng: Random, content: bytes) -> bytes:
    """One part of an archive damaged, its checksum right again: what the engine's parser sees."""
    parts = _unpacked(content)
    if not parts:
        return flipped(rng, content)
    likely = [name for name in parts if "sheet" in name or "haredStrings" in name or "content.xml" in name]
    name = rng.choice(likely if likely and rng.random() < 0.7 else sorted(parts))
    change = rng.choice([worded, worded, worded, *BINARY, lambda _, found: b"", lambda _, found: found * 2])
    parts[name] = change(rng, parts[name])
    return _packed(parts)


def members(rng: Random, content: bytes) -> bytes:
    """Parts removed, renamed, exchanged."""
    parts = _unpacked(content)
    if not parts:
        return integer(rng, content)
    name, other = rng.choice(sorted(parts)), rng.choice(sorted(parts))
    kind = rng.randrange(4)
    if kind == 0:
        del parts[name]
    elif kind == 1:
        parts[rng.choice(["../x", "/xl/workbook.xml", name.upper(), "x" * 60_000, "\\", name + "\0"])] = parts.pop(name)
    elif kind == 2:
        parts[name], parts[other] = parts[other], parts[name]
    else:
        parts = dict(rng.sample(sorted(parts.items()), len(parts)))
    return _packed(parts, again=name if rng.random() < 0.2 else None)


def records(rng: Random, content: bytes) -> bytes:
    """A lie in a header of the archive: method, flags, checksum, sizes, offset."""
    heads = [match.start() for match in re.finditer(re.escape(rng.choice([_LOCAL, _CENTRAL])), content)]
    if not heads:
        return integer(rng, content)
    out = bytearray(content)
    place = rng.choice(heads) + rng.randrange(4, 46)
    if place + 4 <= len(out):
        struct.pack_into("<I", out, place, rng.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, rng.randrange(2**32), 99]))
    return bytes(out)


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of an archive; none when it is damaged already."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError, RuntimeError):
        return {}


def _packed(parts: dict[str, bytes], again: str | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    if again in parts:
        out = io.BytesIO(out.getvalue().replace(b"mimetype", again.encode()[:8].ljust(8, b"x")))
    return out.getvalue()


def mutated(rng: Random, content: bytes, others: list[bytes]) -> bytes:
    """One to three damages, fit for what the content is."""
    kinds = list(BINARY)
    if content.startswith(b"PK"):
        kinds = [part] * 12 + [members] * 3 + [records] * 3 + kinds
    elif not content.startswith(b"\xd0\xcf"):
        kinds = [worded] * 6 + kinds
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        content = rng.choice(kinds)(rng, content)
    if rng.random() < 0.02:
        other = rng.choice(others)
        content = content[: _place(rng, content)] + other[_place(rng, other) :]
    return content
