"""How well search answers labelled queries: `python -m benchmarks.quality [QUERIES.jsonl --lists FOLDER]`.

The lists that the queries name are imported once, each as a supplier of its own, into a local stack whose folder is
kept: later runs only ask. Each query is asked in this process, of that stack's stores, with the code as it stands; the
baselines of :mod:`benchmarks.baselines` are asked the same. Without arguments it uses the queries of
benchmarks/labelled: those of ``tuned.jsonl`` may be looked at while search is changed, those of ``untouched.jsonl``
may not.

A line: ``class``, ``query``, ``first`` (expression that the first hit's name, or one of its offers' names, must fit;
null: there are no such goods, and no hit may pass for one), ``good`` (what is useful among the first five), ``not``
(what no name among the first three may fit), ``lists``.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.baselines import Material, bm25, full_text, in_browser, reciprocal_ranks, trigrams

_OWN = Path(__file__).parent / "labelled"
_QUARRY = Path(sys.executable).with_name("quarry")
# Where a stack that is not running yet is started; another one for each of several that run at a time.
_PORT = os.environ.get("QUARRY_BENCH_PORT", "8129")
_TOP = 10
_USEFUL = 5
_CHECKED = 3
_PLACE = "first right"
_MATERIALS = """
SELECT m.id, m.name, array_agg(DISTINCT o.name) FILTER (WHERE o.name IS NOT NULL) AS names,
  array_agg(DISTINCT o.sku) FILTER (WHERE o.sku IS NOT NULL) AS articles
FROM materials m LEFT JOIN raw_products o ON o.material_id = m.id AND o.superseded_at IS NULL GROUP BY m.id
"""
Names = Sequence[str]


@dataclass(frozen=True)
class Labelled:
    kind: str
    text: str
    first: re.Pattern[str] | None
    good: re.Pattern[str] | None
    banned: re.Pattern[str] | None

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Labelled":
        first, good, banned = (_pattern(line.get(name)) for name in ("first", "good", "not"))
        return cls(line["class"], line["query"], first, good, banned)


@dataclass(frozen=True)
class Answer:
    """The names of each hit; ``honest``: nothing in it passes for what was asked."""

    hits: Sequence[Names]
    honest: bool


@dataclass
class Score:
    right: list[bool] = field(default_factory=list)
    useful: list[float] = field(default_factory=list)
    gain: list[float] = field(default_factory=list)
    clean: list[bool] = field(default_factory=list)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return re.compile(_folded(text)) if text else None


def _folded(text: str) -> str:
    return re.sub(r"[А-ЯЁA-Z]", _small, text).replace("ё", "е")


def _small(letter: re.Match[str]) -> str:
    """Small, unless the letter is an expression's own, as in ``\\S``."""
    escaped = letter.start() and letter.string[letter.start() - 1] == "\\"
    return letter[0] if escaped else letter[0].lower()


def read(path: Path) -> tuple[list[Labelled], set[str]]:
    """The queries, and the lists that they need."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Labelled.of(line) for line in lines], {name for line in lines for name in line["lists"]}


def judge(asked: Labelled, answer: Answer, known: int, score: Score) -> bool:
    """``known``: how many materials are useful at all."""
    if asked.first is None or asked.good is None:
        score.right.append(answer.honest)
        return answer.honest
    names = [[name.lower().replace("ё", "е") for name in hit] for hit in answer.hits]
    right = bool(names) and any(map(asked.first.search, names[0]))
    score.clean.append(not (asked.banned and any(asked.banned.search(hit[0]) for hit in names[:_CHECKED])))
    gains = [any(map(asked.good.search, hit)) for hit in names[:_TOP]]
    wanted = min(_USEFUL, known)
    ideal = sum(1 / math.log2(at + 2) for at in range(min(_TOP, known)))
    score.right.append(right)
    score.useful.append(min(1.0, sum(gains[:_USEFUL]) / wanted) if wanted else 0.0)
    score.gain.append(sum(gain / math.log2(at + 2) for at, gain in enumerate(gains)) / ideal if ideal else 0.0)
    return right


@contextmanager
def stack(home: Path, lists: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """The endpoints of a stack with the lists in it. One that runs in ``home`` is used, and left running."""
    from local.home import Home

    running = Home(home).running
    process = None
    if not running:
        command = [str(_QUARRY), "up", "--home", str(home), "--port", _PORT]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        if not any(line.startswith("ready ") for line in process.stdout):
            raise SystemExit("the stack did not start")
    try:
        endpoints = Home(home).endpoints()
        _import(home, lists, endpoints["api"])
        yield endpoints
    finally:
        if process:
            process.terminate()
            process.wait(60)


def _import(home: Path, lists: Sequence[Path], api: Mapping[str, str]) -> None:
    note = home / "imported.json"
    done = json.loads(note.read_text()) if note.exists() else []
    variables = {**os.environ, "QUARRY_TOKEN": api.get("token", "")}
    for path in lists:
        if path.name in done:
            continue
        done.append(path.name)
        command = [str(_QUARRY), "drop", str(path), "--supplier", str(len(done)), "--wait", "--api", api["url"]]
        # A list may hold no price at all, or nothing else that can be used: its goods are counted below.
        subprocess.run(command, env=variables, check=False)
        note.write_text(json.dumps(done))


def _use(endpoints: Mapping[str, Any]) -> None:
    os.environ.update(
        POSTGRESQL_URL=endpoints["postgresql"]["url"],
        REDIS_URL=endpoints["redis"]["url"],
        DISABLE_REDIS_CONNECTION="true",
        QDRANT_URL=endpoints["qdrant"]["url"],
        QDRANT_API_KEY=endpoints["qdrant"]["api_key"],
        QUERY_TIMEOUT="20",
        POWERTOOLS_METRICS_DISABLED="true",
        POWERTOOLS_SERVICE_NAME="quality",
    )


class Systems:
    """Search as it stands, search in SQL alone, and the baselines, each by its name."""

    def __init__(self) -> None:
        from quarry.dependencies.composition import composition
        from quarry.runtime import run

        self._made = composition()
        self._run = run
        rows = run(self._made.databases.relational.execute_query(_MATERIALS, {}))
        found = [
            Material(str(row["id"]), (row["name"], *(row["names"] or ())), tuple(row["articles"] or ())) for row in rows
        ]
        self.names = {one.id: one.names for one in found}
        self._materials = found
        self._service = self._made.search.service

    def of(self, *, baselines: bool) -> dict[str, Callable[[str], Answer]]:
        ours = {"Quarry": lambda text: self._ask(text, "auto"), "SQL alone": lambda text: self._ask(text, "sql")}
        if not baselines:
            return ours
        databases, settings = self._made.databases, self._made.settings
        peers = {
            "full text": full_text(databases.relational),
            "pg_trgm": trigrams(databases.relational),
            "BM25": bm25(self._materials),
            "RRF": reciprocal_ranks(databases.vector, self._made.embedder, settings.materials_collection),
            "in browser": in_browser(self._materials),
        }
        return {**ours, **{name: self._of_peer(search) for name, search in peers.items()}}

    def anew(self) -> dict[str, Callable[[str], Answer]]:
        """Our search alone, which has read no query yet."""
        from quarry.dependencies.search import Search

        self._service = Search(self._made).service
        return {"Quarry": self.of(baselines=False)["Quarry"]}

    def _of_peer(self, search: Callable[[str], Sequence[str]]) -> Callable[[str], Answer]:
        def ask(text: str) -> Answer:
            hits = [self.names[key] for key in search(text) if key in self.names]
            return Answer(hits, honest=not hits)

        return ask

    def _ask(self, text: str, search_type: str) -> Answer:
        from quarry.domain.query import SearchRequest, SearchType

        answer = self._run(self._service.search(SearchRequest(text, search_type=SearchType(search_type)), _TOP)).value
        hits = [[hit["material"]["name"], *(offer["name"] for offer in hit["offers"])] for hit in answer["hits"]]
        near = answer.get("near_only") or all(hit.get("match") == "near" for hit in answer["hits"])
        return Answer(hits, honest=not hits or bool(near))


def measure(
    queries: Sequence[Labelled], systems: Mapping[str, Callable[[str], Answer]], known: Callable[[Labelled], int]
) -> tuple[dict[str, dict[str, Score]], list[tuple[Labelled, Answer]], dict[str, float]]:
    """By system and class; the queries whose first five hits are not all useful; seconds of CPU by system."""
    scores = {name: defaultdict(Score) for name in systems}
    wrong = []
    spent = dict.fromkeys(systems, 0.0)
    for asked in queries:
        count = known(asked)
        for name, ask in systems.items():
            began = time.process_time()
            answer = ask(asked.text)
            spent[name] += time.process_time() - began
            right = judge(asked, answer, count, scores[name][asked.kind])
            mine = scores[name][asked.kind]
            if name == "Quarry" and not (right and (not mine.useful or asked.first is None or mine.useful[-1] == 1)):
                wrong.append((asked, answer))
    return scores, wrong, spent


def _without() -> dict[str, Callable[[], AbstractContextManager[Any]]]:
    """By name: how to switch off one step of reading or ranking."""
    from quarry.domain import meters, query_terms, ranking, understanding, vocabulary
    from quarry.domain.vocabulary import Vocabulary

    return {
        "names of the trade": lambda: patch.object(vocabulary, "_OF_THE_TRADE", {}),
        "purposes": lambda: patch.object(understanding, "purpose_of", lambda *_: None),
        "makers in all spellings": lambda: patch.object(query_terms, "maker_of", lambda _word: None),
        "abbreviations and what words stand for": lambda: patch.object(query_terms, "terms_of", lambda _word: ()),
        "beginnings of words": lambda: patch.object(Vocabulary, "completions", lambda *_: []),
        "typos": lambda: patch.object(Vocabulary, "corrections", lambda *_: []),
        "transliteration": lambda: patch.multiple(Vocabulary, spoken_as=lambda *_: None, spoken_nearly=lambda *_: None),
        "articles": lambda: patch.object(ranking, "_by_article", lambda *_: None),
        "the noun of a name": lambda: patch.object(understanding, "with_head", lambda terms, _noun: list(terms)),
        "forms of the noun": lambda: patch.object(meters, "_genitives", lambda _noun: frozenset()),
        "classes of goods": lambda: patch.object(ranking, "_OTHER_GOODS", 1.0),
        "what follows few hits": lambda: patch.object(ranking, "followed_by", lambda *_: frozenset()),
    }


def ablation(queries: Sequence[Labelled], made: "Systems", known: Callable[[Labelled], int], console: Console) -> None:
    """What share of first hits is right without each step."""
    table = Table(title="Without one step")
    for column in ("without", _PLACE, "useful in 5"):
        table.add_column(column, justify="left" if column == "without" else "right")
    for name, off in {"nothing": nullcontext, **_without()}.items():
        with off(), Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            scores, _, _ = measure(queries, made.anew(), known)
        ours = scores["Quarry"].values()
        table.add_row(
            name, _mean([v for one in ours for v in one.right]), _mean([v for one in ours for v in one.useful])
        )
    console.print(table)


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.2f}" if values else "–"


def report(title: str, scores: Mapping[str, Mapping[str, Score]], console: Console) -> None:
    ours = scores["Quarry"]
    table = Table(title=title)
    for column in (
        "class",
        "queries",
        _PLACE,
        "useful in 5",
        "nDCG@10",
        "clean in 3",
        *(f"{name}" for name in list(scores)[1:]),
    ):
        table.add_column(column, justify="left" if column == "class" else "right")
    for kind in ours:
        row = [kind, str(len(ours[kind].right)), _mean(ours[kind].right), _mean(ours[kind].useful)]
        row += [_mean(ours[kind].gain), _mean(ours[kind].clean)]
        others = [_mean(one[kind].right) for one in list(scores.values())[1:]]
        table.add_row(*row, *others, end_section=kind == list(ours)[-1])
    every = {
        name: [[v for s in one.values() for v in getattr(s, part)] for part in ("right", "useful", "gain", "clean")]
        for name, one in scores.items()
    }
    right, useful, gain, clean = every.pop("Quarry")
    others = [_mean(one[0]) for one in every.values()]
    table.add_row(
        "all", str(len(right)), _mean(right), _mean(useful), _mean(gain), _mean(clean), *others, end_section=True
    )
    table.add_row("useful in 5", "", "", "", "", "", *(_mean(one[1]) for one in every.values()))
    table.add_row("nDCG@10", "", "", "", "", "", *(_mean(one[2]) for one in every.values()))
    console.print(table)


def _known(names: Mapping[str, Names]) -> Callable[[Labelled], int]:
    folded = [[name.lower().replace("ё", "е") for name in one] for one in names.values()]
    return lambda asked: sum(any(map(asked.good.search, one)) for one in folded) if asked.good else 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("queries", type=Path, nargs="*", default=[_OWN / "tuned.jsonl", _OWN / "untouched.jsonl"])
    arguments.add_argument("--lists", type=Path, default=_OWN)
    arguments.add_argument("--home", type=Path, default=Path(".quality"), help="the stack's folder, which is kept")
    arguments.add_argument(
        "--wrong", action="store_true", help="list the queries whose first five hits are not all useful"
    )
    arguments.add_argument("--no-baselines", action="store_true", help="ask search alone")
    arguments.add_argument("--ablation", action="store_true", help="ask again without each step")
    chosen = arguments.parse_args()
    files = [(path, *read(path)) for path in chosen.queries]
    lists = [chosen.lists / name for name in sorted({name for _, _, needed in files for name in needed})]
    console = Console(width=160)
    with stack(chosen.home, lists) as endpoints:
        _use(endpoints)
        systems = Systems()
        known = _known(systems.names)
        asked = systems.of(baselines=not chosen.no_baselines)
        for path, queries, _ in files:
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # the service's metrics
                scores, wrong, spent = measure(queries, asked, known)
            report(f"{path.name}: {len(queries)} queries, {len(systems.names)} materials", scores, console)
            console.print(
                "CPU of this process, ms a query:", {k: round(v * 1000 / len(queries), 1) for k, v in spent.items()}
            )
            if chosen.ablation:
                ablation(queries, systems, known, console)
            for query, answer in wrong if chosen.wrong else ():
                first = " | ".join(hit[0][:45] for hit in answer.hits[:_USEFUL]) or "no hits"
                console.print(f"{query.kind}: {query.text} → {first}", markup=False)


if __name__ == "__main__":
    main()
