"""``make faults``: many runs, a line for each, and the figures of all."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.probes import BUDGETS
from tests.faults.runs import Run, Runner
from tests.faults.stack import started

console = Console(soft_wrap=True, highlight=False)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1, help="of the first run; the next ones count up from it")
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--json", type=Path, help="write the figures to this file too")
    chosen = arguments.parse_args()
    runs: list[Run] = []
    try:
        for run in faulty(range(chosen.seed, chosen.seed + chosen.runs), chosen.rows):
            runs.append(run)
            console.print(line(run))
    except KeyboardInterrupt:
        console.print("stopped")
    report(runs)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(run) for run in runs], ensure_ascii=False, indent=1) + "\n")
    if len(runs) < chosen.runs or not all(run.right and not run.violations for run in runs):
        raise SystemExit(1)


def faulty(seeds: Iterable[int], rows: int) -> Iterator[Run]:
    """The runs, on one stack for as long as no run leaves it broken."""
    left = list(seeds)
    while left:
        with ExitStack() as held:
            stack = held.enter_context(started())
            runner = Runner(stack)
            held.callback(runner.close)
            while left:
                run = runner.run(left.pop(0), rows)
                yield run
                if not run.right:
                    kept = stack.keep_logs(run.seed)
                    console.print(f"  the functions' logs are in {kept}")
                    break


def line(run: Run) -> str:
    worst = max(run.endpoints.items(), key=lambda item: item[1].worst / BUDGETS[item[0]])
    recovery = "never" if run.recovery is None else f"{run.recovery:.1f} s"
    reported = [
        f"seed {run.seed}: {', '.join(map(str, run.faults))}",
        f"imported in {run.import_seconds:.1f} s, lost {run.verdict.lost}, doubled {run.verdict.doubled}",
        f"worst answer {worst[0]} {worst[1].worst:.1f} s, recovered in {recovery}",
        f"machine {run.slowness:.1f} times slower",
    ]
    wrong = [f"  WRONG {fault}" for fault in run.verdict.faults]
    against = [f"  {number} × {what}" for what, number in run.violations.items()]
    return "\n".join(["; ".join(reported), *wrong, *against])


def report(runs: list[Run]) -> None:
    faults = Counter((fault.target, fault.kind) for run in runs for fault in run.faults)
    kinds = Table(title="Faults")
    for column in ("target", "kind", "times"):
        kinds.add_column(column)
    for (target, kind), times in sorted(faults.items()):
        kinds.add_row(target, kind, str(times))
    recoveries = [run.recovery for run in runs if run.recovery is not None]
    figures = Table(title="Runs with faults", show_header=False)
    for name, value in {
        "runs": len(runs),
        "faults": faults.total(),
        "rows imported": sum(run.rows for run in runs),
        "rows lost": sum(run.verdict.lost for run in runs),
        "rows doubled": sum(run.verdict.doubled for run in runs),
        "runs with anything wrong in the stores": sum(not run.right for run in runs),
        "answers that were wrong": sum(sum(run.violations.values()) for run in runs),
        "longest recovery": f"{max(recoveries, default=0.0):.1f} s",
        "never recovered": len(runs) - len(recoveries),
        "machine, times slower than the budgets suppose": f"{max((run.slowness for run in runs), default=1.0):.1f}",
    }.items():
        figures.add_row(name, str(value))
    answers = Table(title="Answers")
    for column in ("endpoint", "budget", "answers", "over budget", "slowest", "longest unavailability"):
        answers.add_column(column, justify="left" if column == "endpoint" else "right")
    for endpoint, budget in BUDGETS.items():
        of = [run.endpoints[endpoint] for run in runs if run.endpoints]
        answers.add_row(
            endpoint,
            f"{budget:g} s",
            str(sum(one.answers for one in of)),
            str(sum(one.over_budget for one in of)),
            f"{max((one.worst for one in of), default=0.0):.1f} s",
            f"{max((one.longest_gap for one in of), default=0.0):.1f} s",
        )
    console.print(kinds, figures, answers)
    for what, number in sum((Counter(run.violations) for run in runs), Counter()).most_common():
        console.print(f"{number} × {what}")


if __name__ == "__main__":
    main()
