"""What a column is called: Russian and English synonyms, and what a price column's header says of its prices."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from quarry.domain.kept import kept
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


# fmt: off
# In this order: the first that matches wins, so «код товара» is an article and «группа товаров» a category.
_SYNONYMS: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (
        Role.IGNORED,
        (
            r"^(?:№|no|n|#)?\s*(?:п\s*(?:/\s*)?п)$", r"^№$", r"^no$", r"^n$", r"^#$", r"^дата", r"\bdate\b",
            r"^(?:ваш )?заказ", r"^order", r"^сумма(?! за)", r"^итого", r"^доставк",
            r"^скидк\w*+(?:[ %\d]|\bруб\b)*$", r"штрих",
            r"\bean\b", r"barcode", r"\bgtin\b", r"фото", r"картинк", r"photo", r"image", r"picture",
            r"\burl\b", r"^наценк", r"изменени", r"^(?:ставка )?ндс(?:[ %\d]|\bруб\b)*$",
            r"^vat(?: rate)?[ %]*$", r"кратност", r"гарант", r"окпд", r"тн вэд", r"coefficient", r"коэфф",
            r"^ссыл", r"срок", r"категори\w{0,9} id", r"category id", r"id категор", r"код (?:группы|категории)",
            r"group id",
        ),
    ),
    (Role.NAME, (r"^(?:ценов\w{1,9} )?группа\s*/\s*номенклатур",)),
    (
        Role.CATEGORY,
        (
            r"наименование (?:группы|категории|раздела)", r"название (?:группы|категории|раздела)",
            r"ценов\w{1,9} (?:группа|категория)", r"price group",
        ),
    ),
    (
        Role.CURRENCY,
        (
            r"\bвал\b", r"валют", r"currency",
        ),
    ),
    (
        Role.PACK,
        (
            (r"(?:\bшт\b|кол во|количеств|штук|\bpcs\b|quantity|\bqty\b|\bм2\b|\bкг\b|\bл\b|вместим)"
            r"\s*(?:в|на|/|per|in)\s*(?:1\s*)?(?:уп|пач|кор|пал|под|pack|box|меш|рул)"),
            r"^(?:уп|упак|упаковка|pack|package)(?:\s*(?:шт|кг|л|м2|size|qty))?$", r"норма (?:упак|отгр)",
            r"^unit quantity$", r"^в (?:упак|кор|пач|палл|под)", r"фасовк", r"^тара$", r"pack size",
            r"^кол во (?:уп|кор)", r"упаковк\w{0,9} (?:кол|шт|кг)", r"^емкость$",
        ),
    ),
    (
        Role.PRICE,
        (
            r"\bцен(?:а|ы|у|е|ой|ам)?\b", r"\bстоимост", r"\bprice", r"\bcost\b",
            r"\b(?:ррц|мрц|рмц|rrp|msrp)\b", r"\bрозн", r"\bопт\b", r"\bоптов", r"\b(?:мелк|крупн)\w*\s?опт",
            r"\bдил+ер", r"\bтариф",
            r"^(?:в )?(?:руб|рублей|рубли|р|usd|eur|rub|₽|€|\$|евро|у е|уе)(?:$|\s*/|\s+(?:за|с|без)\b)",
            r"\bруб\w*(?:$|\s*/|\s+за\b)", r"^прайс$", r"^сумма за", r"^retail\b", r"^wholesale\b", r"^dealer\b",
            r"^(?:от|до|свыше|более)\s+\d",
        ),
    ),
    (
        Role.WEIGHT,
        (
            r"\bвес\b", r"\bмасса\b", r"weight", r"\bбрутто\b", r"\bнетто\b",
        ),
    ),
    (
        Role.NAME,
        (
            r"наименовани\w*(?! (?:производ|ед|групп))", r"^назван", r"^name\b",
            r"(?:product|item|material|goods) name", r"^(?:полное )?наименован",
        ),
    ),
    (
        Role.SKU,
        (
            r"^арт\b", r"артик", r"\bsku\b", r"\barticle\b", r"\bкод\b",
            r"(?:^|item |product |vendor |part )code\b", r"\bvendorcode\b", r"part (?:no|number)",
            r"номенклатурный (?:номер|№)", r"каталожн", r"\bкат (?:номер|№)", r"№ по каталогу",
            r"item (?:no|number)", r"\bшифр\b", r"^art$", r"^ref\b",
        ),
    ),
    (
        Role.ID,
        (
            r"^(?:id|ид|uid|guid|uuid|идентификатор|external id|product id|offer id|item id)$",
        ),
    ),
    (
        Role.UNIT,
        (
            r"^ед\b", r"\bед изм", r"\bединиц\w+(?: измер\w+)?", r"^изм\w*$", r"^unit$", r"unit of measure",
            r"^units?$", r"\buom\b", r"^еи$", r"^calc unit$", r"^unit calc$", r"^measure", r"^(?:ед )?измерен",
        ),
    ),
    (
        Role.CATEGORY,
        (
            r"категори", r"\b(?:под)?групп", r"\b(?:под)?раздел",
            r"^коллекци", r"^collection", r"рубрик", r"categor", r"^group\b", r"^section",
            r"^вид (?:товара|продукции|материала)", r"^тип (?:товара|продукции)", r"^вид$",
            r"номенклатурная группа",
        ),
    ),
    (
        Role.STOCK,
        (
            r"остат", r"налич", r"\bсклад", r"^кол(?: во)?$", r"^количество$", r"\bstock\b", r"\bavailab",
            r"^qty$", r"^quantity$", r"^count$", r"свободн",
        ),
    ),
    (
        Role.BRAND,
        (
            r"бренд", r"производит", r"торговая марка", r"\bbrand", r"manufactur", r"^vendor$", r"изготовит",
            r"^тм$", r"^завод", r"^страна",
        ),
    ),
    (
        Role.DESCRIPTION,
        (
            r"описан", r"примечан", r"характеристик", r"комментар", r"descri", r"comment", r"^note",
            r"^состав$", r"назначени", r"применени", r"^свойств", r"^информац",
        ),
    ),
    (
        Role.NAME,
        (
            r"наименован", r"номенклатур", r"\bтовар", r"\bпродукц", r"^позици", r"^product", r"^title$",
            r"^item", r"^материал", r"ассортимент", r"^goods", r"^услуг", r"^вид работ", r"^изделие",
            r"^model name",
        ),
    ),
    (
        Role.SIZE,
        (
            r"размер", r"габарит", r"диаметр", r"^толщ", r"толщин", r"\bдлин", r"ширин", r"высот", r"\bформат",
            r"сечени", r"\bsize", r"\blength", r"\bwidth", r"diameter", r"thickness", r"\bheight",
            r"^[dø⌀]\w{0,3}(?: мм)?$", r"^ду\b", r"^dn\b", r"^слой", r"^объем", r"^volume", r"^фракци",
        ),
    ),
    (
        Role.MODEL,
        (
            r"^марк[аи]\b", r"^модел", r"^model", r"^профил", r"^сортамент", r"^тип\b", r"^type\b",
            r"^обозначени", r"^класс", r"^серия", r"^цвет", r"^color", r"^база$", r"^покрыти",
        ),
    ),
)
_COMPILED = [(role, re.compile("|".join(patterns))) for role, patterns in _SYNONYMS]
# fmt: on

_PLAIN_RANK = 1
_KINDS: tuple[tuple[PriceKind, int, str], ...] = (
    (PriceKind.OTHER, 6, r"закуп|\bbuy\b|purchase|себестоим|\bcost\b|вход\w{0,9} цена"),
    (PriceKind.OTHER, 5, r"стар\w{0,9} цена|\bold\b|calc price|расч[её]тн"),
    (PriceKind.RETAIL, _PLAIN_RANK, r"(?:^|\s)от\s+1(?:\s+шт\w*)?$"),
    (PriceKind.DEALER, 4, r"дил+ер|партн[её]р|dealer|partner|дистриб"),
    (PriceKind.WHOLESALE, 2, r"(?:мелк|мал)\w{0,12}\s*опт|от\s+1\d?\s*шт"),
    (PriceKind.WHOLESALE, 3, r"\bопт|\bкр\w*\s*опт|wholesale|\bbulk\b|(?:^|\s)(?:от|свыше|более)\s+\d|\bvip\b"),
    (PriceKind.OTHER, 4, r"акци|скидк|спец|\bпромо|promo|discount|распродаж"),
    (PriceKind.RETAIL, 0, r"розн|retail|\bррц\b|\bмрц\b|\bрмц\b|\brrp\b|\bmsrp\b|базов|\bbase\b"),
    (PriceKind.RETAIL, 2, r"\bsale\b|продаж|отпускн"),
)
_KIND_PATTERNS = [(kind, rank, re.compile(pattern)) for kind, rank, pattern in _KINDS]

_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_PUNCTUATION = re.compile(r"[^\w%/№#₽€$⌀ø]+|_")
_LATIN_TO_CYRILLIC = str.maketrans("abcehkmoptxy", "авсенкмортху")
_MIXED = re.compile(r"\b(?=\w*[a-z])(?=\w*[а-я])\w+")
_PER_UNIT = re.compile(r"(?:/|\bза\b|\bper\b)\s*(?:1\s*)?([^\s/(),]+(?:\s*(?:м|шт|метр)\.?)?)", re.IGNORECASE)
# «Москва, руб»: a price where nothing says «цена».
_ONLY_MONEY = re.compile(r"(?!.*(?:цен|стоим|розн|опт|прайс|дил|тариф)).+\bруб\w*")
# Texts of notes and of cells without a price, which name a price and yet head no column.
_NOTE = re.compile(
    r"\bуказан|действител|действуют|\bвсе цены|изменен\w{0,9} без|прайс лист|\bза наличн|по запросу|договорн|звоните"
    r"|уточн|^\d\d \d\d \d{4}"
)
LONGEST_HEADER = 120


@dataclass(frozen=True, slots=True)
class PriceHeader:
    """``rank`` orders price columns of one kind: a lower one is nearer to what any buyer pays."""

    kind: PriceKind
    rank: int
    vat: Vat | None
    currency: str | None
    unit: str | None


@kept(4096)
def normalized(label: str) -> str:
    """A label in small letters without punctuation, Latin lookalikes in Russian words made Russian."""
    one_word = " " not in label and not label.isascii()  # «ЕдИзм»; not «UoM»
    camel = label[:1].islower() or one_word
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", label)) if camel else label
    folded = unicodedata.normalize("NFKC", spaced).casefold().replace("ё", "е")
    words = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return _MIXED.sub(lambda match: match[0].translate(_LATIN_TO_CYRILLIC), words)


@kept(4096)
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
    if _ONLY_MONEY.fullmatch(words):
        rank += 3
    unit = unit_of_header(label)
    return PriceHeader(kind, rank, vat_of(label), currency_of(label), unit.symbol if unit else None)


def unit_of_header(label: str) -> Unit | None:
    """The unit of «Цена, руб/м²», «цена за шт», «Цена, м»."""
    for match in _PER_UNIT.finditer(label):
        found = parse_unit(match[1].strip(" .:"))
        # «за ед.» names no unit, it points at the unit column.
        if found and not match[1].casefold().startswith("ед"):
            return found
    _, comma, last = label.rpartition(",")
    return parse_unit(last.strip(" .:")) if comma and not last.strip().casefold().startswith("ед") else None
