"""How lists were understood is kept, and so is what people corrected."""

from quarry.domain.reading import ColumnReading, LayoutCorrection, ReadBy, SampleRow, SheetReading
from quarry.runtime import run
from quarry.services.readings import Layouts, Readings
from tests.fakes import MemoryObjects

SHEET = SheetReading(
    sheet="Лист1",
    fingerprint="abc",
    header_rows=(3, 4),
    columns=(ColumnReading(letter="A", title="Наименование", role="name", why="its title"),),
    rows={"goods": 40, "headings": 3},
    confidence=0.93,
    read_by=ReadBy.READER,
    sample=(SampleRow(row=5, cells=("Цемент М500", "450"), offer={"name": "Цемент М500", "price": "450.00"}),),
)


def test_a_reading_comes_back_as_it_was_kept():
    readings = Readings(MemoryObjects())
    run(readings.save("b1", [SHEET]))
    assert run(readings.find("b1")) == [SHEET]
    assert run(readings.find("b2")) is None


def test_a_correction_holds_for_its_supplier_and_its_layout_and_the_last_one_counts():
    layouts = Layouts(MemoryObjects())
    first = LayoutCorrection(fingerprint="abc", roles={"B": "price"})
    other = LayoutCorrection(fingerprint="def", roles={"C": None}, header_rows=(1,))
    again = LayoutCorrection(fingerprint="abc", roles={"B": "stock"})
    for supplier, correction in ((7, first), (7, other), (71, first), (7, again)):
        run(layouts.save(supplier, correction))
    assert run(layouts.of(7)) == {"abc": again, "def": other}
    assert run(layouts.of(71)) == {"abc": first}
    assert run(layouts.of(1)) == {}
