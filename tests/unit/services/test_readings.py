"""How lists were understood is kept, and so is what people corrected."""

from quarry.domain.reading import ColumnReading, LayoutCorrection, ReadBy, Role, SampleRow, SheetReading
from quarry.runtime import run
from quarry.services.readings import Readings
from tests.fakes import MemoryObjects

SHEET = SheetReading(
    sheet="Лист1",
    fingerprint="abc",
    header_rows=(3, 4),
    columns=(ColumnReading(letter="A", title="Наименование", role=Role.NAME, why="its title"),),
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
    readings = Readings(MemoryObjects())
    first = LayoutCorrection(fingerprint="abc", roles={"B": Role.PRICE})
    other = LayoutCorrection(fingerprint="def", roles={"C": None}, header_rows=(1,))
    again = LayoutCorrection(fingerprint="abc", roles={"B": Role.STOCK})
    for supplier, correction in ((7, first), (7, other), (71, first), (7, again)):
        run(readings.correct(supplier, correction))
    assert run(readings.corrections(7)) == {"abc": again, "def": other}
    assert run(readings.corrections(71)) == {"abc": first}
    assert run(readings.corrections(1)) == {}
