"""``quarry demo``: the whole job from an empty folder, with sample price lists of three suppliers."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from local import rendering
from local.client import Api, ApiFailure
from local.drop import Drop
from local.processes import free_port
from local.tables import show

SAMPLES = Path(__file__).parent / "samples"
LISTS = (
    (101, SAMPLES / "sadovaya-base.csv", "CSV in cp1251, «;», group rows, a price in words"),
    (102, SAMPLES / "megasnab.xlsx", "a workbook with a title, a header of two rows, two prices"),
    (103, SAMPLES / "torgdom.json", "JSON"),
)
NEXT_LIST = (101, SAMPLES / "update" / "sadovaya-base.csv")
SEARCHES = (
    ("цемент м500", "a grade"),
    ("wtvtyn", "typed in the wrong keyboard layout"),
    ("cement", "in English"),
    ("гипсакартон влогостойкий", "with two mistakes"),
    ("труба 20х3,4", "by size"),
    ("MS-71", "by a supplier's article"),
)
COMPARED = "цемент м500 д0"
SAME_CEMENT = re.compile(r"цемент м-?500 д0", re.IGNORECASE)


class DemoFailed(RuntimeError):
    """A step did not give the expected result."""


def run() -> int:
    """Returns the exit code: 0 when every step succeeded."""
    console = rendering.console()
    home = Path(tempfile.mkdtemp(prefix="quarry-demo-"))
    port = free_port()
    console.print(Rule("1. The stack: PostgreSQL, Redis, Qdrant, S3, SQS and the functions", align="left"))
    stack = subprocess.Popen(
        [sys.executable, "-m", "local", "up", "--home", home, "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    api = Api(f"http://127.0.0.1:{port}", has_ended=lambda: stack.poll() is not None)
    try:
        _wait_until_ready(stack, console)
        _show(api, console)
    except (DemoFailed, ApiFailure) as error:
        console.print(f"[red]The demo failed:[/] {error}\nThe logs are in {home / 'logs'}.")
        return 1
    finally:
        api.close()
        _stop(stack)
    shutil.rmtree(home)
    _print_next_steps(console)
    return 0


def _show(api: Api, console: Console) -> None:
    console.print(Rule("2. Three suppliers drop their price lists, each in a layout of its own", align="left"))
    for supplier, file, description in LISTS:
        console.print(f"supplier {supplier}, {file.name}: {description}")
        _drop(api, supplier, file, console)
    console.print(Rule("3. A buyer searches", align="left"))
    for text, description in SEARCHES:
        console.print(f"[bold]{text}[/] ({description})")
        answer = _search(api, text, 3)
        rendering.show_hits(console, answer)
    console.print(Rule("4. Who sells it cheapest, whatever the package?", align="left"))
    show(console, _comparison(_search(api, COMPARED, 10)))
    console.print(Rule("5. Two weeks later: supplier 101's next price list", align="left"))
    request_id = _drop(api, *NEXT_LIST, console)
    show(console, _changes(api, request_id))
    console.print(Rule("6. The state of the stores", align="left"))
    states, can_answer = api.health()
    show(console, rendering.health(states))
    if not can_answer or any(state["status"] not in {"healthy", "disabled"} for state in states.values()):
        raise DemoFailed("a store is not healthy")


def _drop(api: Api, supplier: int, file: Path, console: Console) -> str:
    work = Drop(api, [file])
    work.upload(supplier)
    work.follow(console)
    (result,) = work.results
    rendering.show_refused(console, [result])
    rendering.show_results(console, [result])
    if result["status"] == "failed" or not result["offers"]:
        raise DemoFailed(f"{file.name} gave no offers")
    return str(result["request_id"])


def _search(api: Api, text: str, limit: int) -> dict[str, Any]:
    answer: dict[str, Any] = api.post("/search", {"query": text, "limit": limit})
    if not answer["hits"]:
        raise DemoFailed(f"«{text}» found nothing")
    return answer


def _comparison(answer: dict[str, Any]) -> Table:
    """The offers of the found materials by price per kilogram, the cheapest first."""
    offers = [
        (float(offer["price_per_base_unit"]), offer)
        for hit in answer["hits"]
        for offer in hit["offers"]
        if offer["base_unit"] == "кг" and SAME_CEMENT.search(offer["name"])
    ]
    if len({offer["supplier_id"] for _, offer in offers}) < len(LISTS):
        raise DemoFailed("a supplier's cement is missing from the comparison")
    table = Table(
        "supplier", "as the supplier writes it", title=f"«{COMPARED}» by price per kilogram", title_justify="left"
    )
    table.add_column("price", justify="right")
    table.add_column("per kg", justify="right")
    for _, offer in sorted(offers, key=lambda priced: priced[0]):
        price = f"{rendering.money(offer['price'], offer['currency'])}/{offer['unit']}"
        table.add_row(rendering.supplier(offer), offer["name"], price, rendering.per_base_unit(offer))
    return table


def _changes(api: Api, request_id: str) -> Table:
    changes = api.get(f"/batches/{request_id}/changes", limit=100)
    summary = ", ".join(f"{count} {kind}" for kind, count in changes["summary"].items())
    if not changes["summary"]["dearer"] or not changes["summary"]["cheaper"]:
        raise DemoFailed("the new prices were not noticed")
    table = Table("change", "material", title=f"What changed: {summary}", title_justify="left")
    for name in ("old price", "new price", "%"):
        table.add_column(name, justify="right")
    for item in changes["items"]:
        if item["kind"] != "unchanged":
            percent = item["change_percent"]
            table.add_row(
                item["kind"],
                item["name"],
                *(
                    rendering.money(item[name], item["currency"]) if item[name] else ""
                    for name in ("old_price", "new_price")
                ),
                f"{float(percent):+.1f}" if percent is not None else "",
            )
    return table


def _wait_until_ready(stack: subprocess.Popen[str], console: Console) -> None:
    assert stack.stdout
    with console.status("starting"):
        line = stack.stdout.readline()
    if not line.startswith("ready "):
        raise DemoFailed("the stack did not start")
    console.print(line.strip())


def _stop(stack: subprocess.Popen[str]) -> None:
    """Without a timeout: the stack itself kills a part that is stuck."""
    stack.send_signal(signal.SIGTERM)
    stack.communicate()


def _print_next_steps(console: Console) -> None:
    command = "quarry" if shutil.which("quarry") else os.path.relpath(Path(sys.executable).with_name("quarry"))
    console.print(Rule("Next steps", align="left"))
    console.print(
        f"""  {command} up                               a stack of your own; Ctrl-C stops it, its data stays in .quarry
  {command} drop FILE… --supplier 7 --wait   your price lists: CSV, XLS, XLSX, ODS, JSON, YML
  {command} search "клей для плитки"
  {command} status | errors REQUEST_ID | health""",
        soft_wrap=True,
    )
