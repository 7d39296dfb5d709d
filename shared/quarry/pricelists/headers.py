"""What a column is called: Russian and English synonyms, and what a price column's header says of its prices."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from quarry.domain.rows import PriceKind, Vat
from quarry.domain.units import Unit, parse_unit
from quarry.pricelists.prices import currency_of, vat_of


class Role(StrEnum):
    NAME = "name"
    SIZE = "size"
    MODEL = "model"
    SKU = "sku"
    ID = "id"
    UNIT = "unit"
    PRICE = "price"
    CURRENCY = "currency"
    CATEGORY = "category"
    STOCK = "stock"
    PACK = "pack"
    WEIGHT = "weight"
    BRAND = "brand"
    DESCRIPTION = "description"
    IGNORED = "ignored"


# In this order: the first that matches wins, so «код товара» is an article and «группа товаров» a category.
_PATTERNS: tuple[tuple[Role, str], ...] = (
    (
        Role.IGNORED,
        r"^(?:№|no|n|#)?\s*(?:п\s*/?\s*п|пп)$|^№$|^no$|^n$|^#$|^дата|\bdate\b|^(?:ваш )?заказ|^order|^сумма(?! за)|^итого|^скидк\w*[ %]*$"
        r"|штрих|\bean\b|barcode|\bgtin\b|фото|картинк|photo|image|picture|^ссылка|\burl\b|^наценк|изменени|^(?:ставка )?ндс[ %]*$|^vat(?: rate)?[ %]*$"
        r"|кратност|гарант|окпд|тн вэд|coefficient|коэфф|^ссыл|срок|категори\w* id|category id|id категор|код (?:группы|категории)|group id",
    ),
    (
        Role.CATEGORY,
        r"наименование (?:группы|категории|раздела)|название (?:группы|категории|раздела)|ценов\w+ (?:группа|категория)|price group",
    ),
    (Role.CURRENCY, r"\bвал\b|валют|currency"),
    (
        Role.PACK,
        r"(?:\bшт\b|кол во|количеств|штук|\bpcs\b|quantity|\bqty\b|\bм2\b|\bкг\b|\bл\b|вместим)\s*(?:в|на|/|per|in)\s*(?:1\s*)?(?:уп|пач|кор|пал|под|pack|box|меш|рул)"
        r"|^(?:уп|упак|упаковка|pack|package)(?:\s*(?:шт|кг|л|м2|size|qty))?$|норма (?:упак|отгр)|^unit quantity$|^в (?:упак|кор|пач|палл|под)|фасовк|^тара$"
        r"|pack size|^кол во (?:уп|кор)|упаковк\w* (?:кол|шт|кг)|^емкость$",
    ),
    (
        Role.PRICE,
        r"\bцен(?:а|ы|у|е|ой|ам)?\b|\bстоимост|\bprice|\bcost\b|\b(?:ррц|мрц|рмц|rrp|msrp)\b|\bрозн|\bопт\b|\bоптов|\b(?:мелк|крупн)\w*\s?опт|\bдил+ер|\bтариф"
        r"|^(?:в )?(?:руб|рублей|рубли|р|usd|eur|rub|₽|€|\$|евро|у е|уе)(?:$|\s*/|\s+(?:за|с|без)\b)|^прайс$|^сумма за|^retail\b|^wholesale\b|^dealer\b|^(?:от|до|свыше|более)\s+\d",
    ),
    (Role.WEIGHT, r"\bвес\b|\bмасса\b|weight|\bбрутто\b|\bнетто\b"),
    (
        Role.NAME,
        r"наименовани\w*(?! (?:производ|ед|групп))|^назван|^name\b|(?:product|item|material|goods) name|^(?:полное )?наименован",
    ),
    (
        Role.SKU,
        r"^арт\b|артик|\bsku\b|\barticle\b|\bкод\b|(?:^|item |product |vendor |part )code\b|\bvendorcode\b|part (?:no|number)|номенклатурный (?:номер|№)|каталожн|\bкат (?:номер|№)"
        r"|№ по каталогу|item (?:no|number)|\bшифр\b|^art$|^ref\b",
    ),
    (Role.ID, r"^(?:id|ид|uid|guid|uuid|идентификатор|external id|product id|offer id|item id)$"),
    (
        Role.UNIT,
        r"^ед\b|\bед изм|\bединиц\w+(?: измер\w+)?|^изм\w*$|^unit$|unit of measure|^units?$|\buom\b|^еи$|^calc unit$|^unit calc$|^measure|^(?:ед )?измерен",
    ),
    (
        Role.CATEGORY,
        r"категори|\bгрупп|\bраздел|рубрик|categor|^group\b|^section|^вид (?:товара|продукции|материала)|^тип (?:товара|продукции)|^вид$|номенклатурная группа",
    ),
    (
        Role.STOCK,
        r"остат|налич|\bсклад|^кол(?: во)?$|^количество$|\bstock\b|\bavailab|^qty$|^quantity$|^count$|свободн",
    ),
    (Role.BRAND, r"бренд|производит|торговая марка|\bbrand|manufactur|^vendor$|изготовит|^тм$|^завод|^страна"),
    (
        Role.DESCRIPTION,
        r"описан|примечан|характеристик|комментар|descri|comment|^note|^состав$|назначени|применени|^свойств|^информац",
    ),
    (
        Role.NAME,
        r"наименован|номенклатур|\bтовар|\bпродукц|^позици|^product|^title$|^item|^материал|ассортимент|^goods|^услуг|^вид работ|^изделие|^model name",
    ),
    (
        Role.SIZE,
        r"размер|габарит|диаметр|толщин|\bдлин|ширин|высот|\bформат|сечени|\bsize|\blength|\bwidth|diameter|thickness|\bheight|^[dø⌀]\w{0,3}(?: мм)?$|^ду\b|^dn\b"
        r"|^слой|^объем|^volume|^фракци",
    ),
    (Role.MODEL, r"^марк[аи]\b|^модел|^model|^профил|^сортамент|^тип\b|^type\b|^обозначени|^класс|^серия|^цвет|^color"),
)
_COMPILED = [(role, re.compile(pattern)) for role, pattern in _PATTERNS]

_KINDS: tuple[tuple[PriceKind, int, str], ...] = (
    (PriceKind.OTHER, 6, r"закуп|\bbuy\b|purchase|себестоим|\bcost\b|вход\w* цена"),
    (PriceKind.OTHER, 5, r"стар\w* цена|\bold\b|calc price|расч[её]тн"),
    (PriceKind.DEALER, 4, r"дил+ер|партн[её]р|dealer|partner|дистриб"),
    (PriceKind.WHOLESALE, 2, r"(?:мелк|мал)\w*\s*опт|от\s+1\d?\s*шт"),
    (PriceKind.WHOLESALE, 3, r"\bопт|\bкр\w*\s*опт|wholesale|\bbulk\b|(?:^|\s)(?:от|свыше|более)\s+\d|\bvip\b"),
    (PriceKind.OTHER, 4, r"акци|скидк|спец|\bпромо|promo|discount|распродаж"),
    (PriceKind.RETAIL, 0, r"розн|retail|\bррц\b|\bмрц\b|\bрмц\b|\brrp\b|\bmsrp\b|базов|\bbase\b"),
    (PriceKind.RETAIL, 2, r"\bsale\b|продаж|отпускн"),
)
_KIND_PATTERNS = [(kind, rank, re.compile(pattern)) for kind, rank, pattern in _KINDS]
_PLAIN_RANK = 1

_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_PUNCTUATION = re.compile(r"[^\w%/№#₽€$⌀ø]+|_")
_LATIN_TO_CYRILLIC = str.maketrans("abcehkmoptxy", "авсенкмортху")
_MIXED = re.compile(r"(?=\w*[a-z])(?=\w*[а-я])\w+")
_PER_UNIT = re.compile(r"(?:/|\bза\b|\bper\b)\s*(?:1\s*)?([^\s/(),]+(?:\s*(?:м|шт|метр)\.?)?)", re.IGNORECASE)
_NOTE = re.compile(r"\bуказан|действител|действуют|\bвсе цены|изменен\w* без|прайс лист|\bза наличн|\d\d \d\d \d{4}")
LONGEST_HEADER = 120


@dataclass(frozen=True, slots=True)
class PriceHeader:
    """``rank`` orders price columns of one kind: a lower one is nearer to what any buyer pays."""

    kind: PriceKind
    rank: int
    vat: Vat | None
    currency: str | None
    unit: str | None


@lru_cache(maxsize=4096)
def normalized(label: str) -> str:
    """A label in small letters without punctuation, Latin lookalikes in Russian words made Russian."""
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", label)) if label[:1].islower() else label
    folded = unicodedata.normalize("NFKC", spaced).casefold().replace("ё", "е")
    words = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return _MIXED.sub(lambda match: match[0].translate(_LATIN_TO_CYRILLIC), words)


@lru_cache(maxsize=4096)
def role_of(label: str) -> Role | None:
    """What a column with that header holds; null when the header says nothing known."""
    if not label or len(label) > LONGEST_HEADER:
        return None
    words = normalized(label)
    if _NOTE.search(words):
        return None
    for candidate in (words, words.translate(_LATIN_TO_CYRILLIC)):
        for role, pattern in _COMPILED:
            if pattern.search(candidate):
                return role
    return None


def price_header(label: str) -> PriceHeader:
    """What a price column's header says: whose price, with or without VAT, in which currency, for which unit."""
    words = normalized(label)
    kind, rank = PriceKind.RETAIL, _PLAIN_RANK
    for found, found_rank, pattern in _KIND_PATTERNS:
        if pattern.search(words):
            kind, rank = found, found_rank
            break
    unit = unit_of_header(label)
    return PriceHeader(kind, rank, vat_of(label), currency_of(label), unit.symbol if unit else None)


def unit_of_header(label: str) -> Unit | None:
    """The unit of «Цена, руб/м²», «цена за шт»."""
    for match in _PER_UNIT.finditer(label):
        found = parse_unit(match[1].strip(" .:"))
        # «за ед.» names no unit, it points at the unit column.
        if found and not match[1].casefold().startswith("ед"):
            return found
    return None
