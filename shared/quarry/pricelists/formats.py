"""What a file is by its content, whatever its name says; what is not a price list is named for what it is."""

import re
import struct
import zipfile
from enum import StrEnum
from typing import BinaryIO, Final

from quarry.errors import BadPriceList
from quarry.pricelists import ole, workbook
from quarry.pricelists.encodings import wide
from quarry.pricelists.grid import clean
from quarry.pricelists.workbook_rows import damaged, encrypted

_HEAD = 1 << 16
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
TAKEN: Final = "Send the price list as XLSX, XLS, ODS, CSV, JSON, YML or CommerceML."
_AS_XLSX = "Open it in the spreadsheet program, save it as XLSX (File, Save as) and send that file."
_ASK = "Ask whoever made it for the table that it was made from, or copy its table into a spreadsheet, and send that."
_UNPACK = "Unpack it and send the price list that lies in it, each file by itself."
_TYPE_OFF = "A picture's numbers cannot be read for certain. Send the table that it shows."
# The first bytes of what is not read: what it is, and what can be done.
_MAGIC: Final = (
    (b"%PDF", "a PDF document", _ASK),
    (b"%!PS", "a PostScript document", _ASK),
    (b"AT&TFORM", "a DjVu document", _ASK),
    (b"{\\rtf", "a text document (RTF)", "Copy its table into a spreadsheet, save it as XLSX and send that file."),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"\xfd7zXZ", "an XZ archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"MSCF\x00", "a CAB archive", _UNPACK),
    (b"\x89PNG", "a picture (PNG)", _TYPE_OFF),
    (b"\xff\xd8\xff", "a picture (JPEG)", _TYPE_OFF),
    (b"GIF8", "a picture (GIF)", _TYPE_OFF),
    (b"II*\x00", "a picture (TIFF)", _TYPE_OFF),
    (b"MM\x00*", "a picture (TIFF)", _TYPE_OFF),
    (b"SQLite format 3", "a database (SQLite)", _AS_XLSX),
    (b"\x00\x01\x00\x00Standard", "a database (Microsoft Access)", "Export its table as XLSX and send that file."),
    (b"PAR1\x15", "a table in the Parquet format", "Export it as CSV and send that file."),
    (b"MOXCEL", "a table of 1C (MXL)", "Open it in 1C, save it as XLSX (File, Save as) and send that file."),
    (b"\x00\x00\x02\x00\x06\x04", "a worksheet of Lotus 1-2-3", _AS_XLSX),
    (b"\x09\x00\x04\x00", "a workbook of Excel 2", _AS_XLSX),
    (b"\x09\x02\x06\x00", "a workbook of Excel 3", _AS_XLSX),
    (b"\x09\x04\x06\x00", "a workbook of Excel 4", _AS_XLSX),
)
_DBF_VERSIONS = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8e\xcb\xf5\xfb")
_OLE_OTHERS = (
    ("WordDocument", "a text document (DOC)", "Copy its table into a spreadsheet, save it as XLSX and send that file."),
    ("PowerPoint Document", "a presentation (PPT)", _ASK),
    ("__properties_version1.0", "an e-mail (MSG)", "Save its attachment and send that."),
    ("VisioDocument", "a drawing (Visio)", _ASK),
)
_WORKBOOKS = ({"xl/workbook.xml"}, {"xl/workbook.bin"}, {"content.xml", "mimetype"})
_ZIP_OTHERS = (
    (r"word/document\.xml", "a text document (DOCX)", _OLE_OTHERS[0][2]),
    (r"ppt/", "a presentation (PPTX)", _ASK),
    (r"(?:Index/|Index\.zip).*", "a table of Apple Numbers", "Export it (File, Export to, Excel) and send that file."),
    (r"META-INF/container\.xml", "a book (EPUB)", _ASK),
    (r"visio/", "a drawing (Visio)", _ASK),
)
_OPEN_DOCUMENTS = {
    b"application/vnd.oasis.opendocument.text": ("a text document (ODT)", _OLE_OTHERS[0][2]),
    b"application/vnd.oasis.opendocument.presentation": ("a presentation (ODP)", _ASK),
    b"application/vnd.oasis.opendocument.graphics": ("a drawing (ODG)", _ASK),
}
_XML_OTHERS = (
    (("<frameset",), "a web page whose table lies in other files", _AS_XLSX),
    (("office:document",), "an open document in one file (FODS)", "Save it as ODS or XLSX and send that file."),
    (("wordprocessingml", "office/word"), "a text document (Word XML)", _OLE_OTHERS[0][2]),
    (("<svg",), "a drawing (SVG)", _ASK),
    (("<html", "<!doctype html"), "a web page without a table", _AS_XLSX),
)
_MIME, _MULTIPART = b"mime-version:", b"multipart/related"
_NAMED_IN_MESSAGE = 5
_LONGEST_NAME = 60
_MOST_DOCUMENTS = 50


class Format(StrEnum):
    DELIMITED = "delimited"
    ARCHIVE = "archive"
    OLE = "ole"
    JSON = "json"
    FEED = "feed"
    COMMERCEML = "commerceml"
    COMMERCEML_ARCHIVE = "commerceml_archive"
    SPREADSHEETML = "spreadsheetml"
    WEB_PAGE = "web_page"
    XML_OBJECTS = "xml_objects"


# The tags that a document is recognised by, the surest first.
_TAGS: Final = (
    (Format.FEED, ("<yml_catalog", "<offer")),
    (Format.COMMERCEML, ("<коммерческаяинформация", "<каталог", "<пакетпредложений")),
    (Format.SPREADSHEETML, ("urn:schemas-microsoft-com:office:spreadsheet",)),
    (Format.WEB_PAGE, ("<table",)),
    (Format.FEED, ("<items", "<item", "<categories")),
)


_IN_ATTRIBUTES = re.compile(r"<\w{1,30} (?:[\w:-]{1,30}=\"[^\"<]{0,300}\" )*(?:price|cost|цена)=\"")
_ROOT = re.compile(r"<([a-z]\w{0,30})")
_FEED_NAMES = re.compile(r"<(?:\w{1,9}:)?(?:name|title|product_?name|model)[\s>/]")
_SAYS_PRICE = re.compile(r"price|cena|preis|fiyat|cost|цена|ціна|стоимость")


def format_of(stream: BinaryIO, file_name: str) -> Format:
    """Raises BadPriceList when the content is none of the formats that are read."""
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    if head.startswith(b"PK"):
        return _archive(stream, file_name)
    if head.startswith(ole.MAGIC):
        return _ole(stream, file_name)
    for magic, what, advice in _MAGIC:
        if head.startswith(magic):
            raise _refused(file_name, what, advice)
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if start.startswith(b"<"):
        return _markup(head, file_name)
    if start[:1] in {b"{", b"["}:
        return Format.JSON
    if not start.strip(b"\x00"):
        raise BadPriceList("empty_file", "The file holds only blanks. Check that the price list was saved.")
    if other := _other(head):
        raise _refused(file_name, *other)
    if not wide(head) and (b"\x00" in head or len(_CONTROL.findall(head)) * 50 > len(head)):
        raise BadPriceList("unknown_format", f"«{file_name}» is no price list in a format that is read. {TAKEN}")
    return Format.DELIMITED


def _refused(file_name: str, what: str, advice: str) -> BadPriceList:
    return BadPriceList("unknown_format", f"«{file_name}» is {what}, which is not read. {advice}")


def _other(head: bytes) -> tuple[str, str] | None:
    """What is recognised by more than its first bytes."""
    beginning = head[:4096].lower()
    recognised = (
        (head[:4] == b"RIFF" and head[8:12] == b"WEBP", "a picture (WebP)", _TYPE_OFF),
        (head[4:8] == b"ftyp", "a picture (HEIC) or a film", _TYPE_OFF),
        (head[257:262] == b"ustar", "a TAR archive", _UNPACK),
        (head[:3] == b"BZh" and head[4:10] == b"1AY&SY", "a bzip2 archive", _UNPACK),
        (head[:2] == b"BM" and head[6:10] == bytes(4), "a picture (BMP)", _TYPE_OFF),
        (head[:2] == b"MZ" and b"\x00" in head[:64], "a program", TAKEN),
        (head[0] in _DBF_VERSIONS and _is_dbf(head), "a database table (DBF)", _AS_XLSX),
        (_MULTIPART in beginning and _MIME in beginning, "a web page saved with its pictures (MHT)", _AS_XLSX),
        (beginning.startswith(_MIME) or b"\n" + _MIME in beginning, "an e-mail", "Save its attachment and send that."),
    )
    return next(((what, advice) for holds, what, advice in recognised if holds), None)


def _is_dbf(head: bytes) -> bool:
    """Whether a month, a day and the length of the header are such as a DBF has."""
    if len(head) < 32:  # noqa: PLR2004 - its header
        return False
    month, day = head[2], head[3]
    (length,) = struct.unpack_from("<H", head, 8)
    return 1 <= month <= 12 and 1 <= day <= 31 and length >= 33 and (len(head) < length or b"\r" in head[:length])  # noqa: PLR2004


def _ole(stream: BinaryIO, file_name: str) -> Format:
    parts = ole.stream_names(stream)
    if "EncryptedPackage" in parts:
        raise encrypted()
    if not parts & ole.BOOKS:
        for part, what, advice in _OLE_OTHERS:
            if part in parts:
                raise _refused(file_name, what, advice)
    return Format.OLE


def _archive(stream: BinaryIO, file_name: str) -> Format:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            kind = _beginning(archive, names, "mimetype")
            documents = [name for name in names if name.casefold().endswith(".xml")][:_MOST_DOCUMENTS]
            exchanged = any(_is_commerceml(_beginning(archive, names, name)) for name in documents)
            locked = b"encryption-data" in _beginning(archive, names, "META-INF/manifest.xml")
    except workbook.BROKEN as error:
        raise damaged() from error
    finally:
        stream.seek(0)
    if kind.strip() in _OPEN_DOCUMENTS:
        raise _refused(file_name, *_OPEN_DOCUMENTS[kind.strip()])
    if locked:
        raise encrypted()
    if any(parts <= set(names) for parts in _WORKBOOKS):
        return Format.ARCHIVE
    for pattern, what, advice in _ZIP_OTHERS:
        if any(re.match(pattern, name) for name in names):
            raise _refused(file_name, what, advice)
    if exchanged:
        return Format.COMMERCEML_ARCHIVE
    raise _packed(file_name, [name for name in names if not name.endswith("/")])


def _beginning(archive: zipfile.ZipFile, names: list[str], name: str) -> bytes:
    if name not in names:
        return b""
    with archive.open(name) as part:
        return part.read(_HEAD)


def _is_commerceml(head: bytes) -> bool:
    return any(tag in _plain(head) for tag in dict(_TAGS)[Format.COMMERCEML])


def _plain(head: bytes) -> str:
    """The beginning of a document in small letters."""
    encoding = wide(head) or ("cp1251" if b"1251" in head[:200] else "utf-8")
    return head.decode(encoding, errors="replace").lower()


def _packed(file_name: str, files: list[str]) -> BadPriceList:
    if not files:
        return _refused(file_name, "an archive without files", TAKEN)
    shown = ", ".join(clean(name)[:_LONGEST_NAME] for name in files[:_NAMED_IN_MESSAGE])
    more = f" and {len(files) - _NAMED_IN_MESSAGE} more" if len(files) > _NAMED_IN_MESSAGE else ""
    return _refused(file_name, f"an archive ({shown}{more})", _UNPACK)


def _is_of_own_shape(plain: str) -> bool:
    """Whether offers are called as a feed's and what is within them is not («<item><Наименование>»)."""
    if _IN_ATTRIBUTES.search(plain):
        return True
    return "<yml_catalog" not in plain and not _FEED_NAMES.search(plain) and _SAYS_PRICE.search(plain) is not None


def _markup(head: bytes, file_name: str) -> Format:
    plain = _plain(head)
    root = _ROOT.search(plain)
    if root and root[1] == "price":  # of price.ua and Hotline
        return Format.FEED
    for found, tags in _TAGS:
        if any(tag in plain for tag in tags):
            return Format.XML_OBJECTS if found is Format.FEED and _is_of_own_shape(plain) else found
    for tags, what, advice in _XML_OTHERS:
        if any(tag in plain for tag in tags):
            raise _refused(file_name, what, advice)
    if _SAYS_PRICE.search(plain):
        return Format.XML_OBJECTS
    raise BadPriceList(
        "unknown_format",
        f"«{file_name}» is an XML document of another kind. Read are YML, CommerceML 2, the price.xml of price.ua and "
        "Hotline, and tables of Excel 2003. Export the price list as one of these, or as XLSX or CSV.",
    )
