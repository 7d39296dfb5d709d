"""What is kept compressed says the same however it is sent."""

import gzip
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarry.cache.packed import Packed

OBJECTS = st.dictionaries(st.text(), st.one_of(st.integers(), st.text(), st.lists(st.text())), max_size=20)


@given(OBJECTS, st.integers(0, 10**6))
def test_the_same_is_said_compressed_and_plain(value, took):
    packed = Packed.of(json.dumps(value, ensure_ascii=False).encode())
    rest = b'%b"took_ms":%d}' % (b"," if value else b"", took)
    kept = Packed(packed.blocks, packed.size, packed.checksum)

    assert gzip.decompress(kept.gzip(rest)) == kept.plain(rest) == packed.plain(rest)
    assert json.loads(kept.plain(rest)) == {**value, "took_ms": took}
    assert json.loads(gzip.decompress(kept.gzip())) == json.loads(kept.plain()) == value


def test_a_reader_that_takes_one_file_alone_reads_all():
    """As browsers and HTTP clients do: nothing may be left behind the end of the first file."""
    packed = Packed.of(json.dumps({"hits": ["цемент"] * 5_000}).encode())
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert reader.decompress(packed.gzip(b',"took_ms":1.5}')) == packed.plain(b',"took_ms":1.5}')
    assert (reader.eof, reader.unused_data) == (True, b"")


@pytest.mark.parametrize("damage", [lambda blocks: blocks[:-8], lambda blocks: b"\xff" + blocks, lambda _: b""])
def test_what_is_damaged_is_not_read(damage):
    packed = Packed.of(b'{"hits":[1,2,3]}')
    damaged = replace(packed, blocks=damage(packed.blocks))
    with pytest.raises(ValueError, match="damaged"):
        damaged.plain()
