"""What the answer to a search says: how the query was understood, the hits, the facets, and what outdates it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from quarry.cache.change_log import Depends, tag
from quarry.domain.highlights import Marker
from quarry.domain.lexical import index_of, stem
from quarry.domain.query import ParsedQuery, SearchRequest, SortBy, Source, Term
from quarry.domain.ranking import Ranked, cutoff, followed_by
from quarry.domain.showing import Showing
from quarry.repositories.materials import SearchResult

Answer = dict[str, Any]
Document = Mapping[str, Any]
Documents = Mapping[str, Document]
_FACET_VALUES: Final = 50
_ROUNDING: Final = 1e-9


def answer_head(request: SearchRequest, parsed: ParsedQuery, found: SearchResult, facets: Mapping[str, Any]) -> Answer:
    """The answer without its time and hits."""
    return {
        "query": request.query,
        "source": found.source,
        "degraded": found.degraded,
        "understood": {
            "text": parsed.text,
            "rewrites": [
                {"from": rewrite.source, "to": rewrite.to, "reason": rewrite.reason} for rewrite in parsed.rewrites
            ],
        },
        "near_only": bool(found.ranked) and not any(item.exact for item in found.ranked),
        "did_you_mean": _meant(request, parsed, found),
        "total": {"value": found.total, "relation": "gte" if found.more else "eq"},
        "hits": [],
        "facets": facets,
        "next_cursor": None,
    }


def _meant(request: SearchRequest, parsed: ParsedQuery, found: SearchResult) -> str | None:
    """The query as it was read, where that is a guess; of what has no exact answer, the nearest that there is."""
    if any(rewrite.reason == "typo" for rewrite in parsed.rewrites):
        return parsed.text
    nearest = found.ranked[0] if found.ranked else None
    return nearest.candidate.name if nearest and not nearest.exact and request.query.strip() else None


def empty_answer(request: SearchRequest) -> Answer:
    """Where every store is unavailable."""
    found = SearchResult((), Source.MOCK, degraded=True)
    return answer_head(request, ParsedQuery(request.query, ()), found, {name: [] for name in request.facets})


def hits_of(documents: Documents, shown: Sequence[Ranked], marker: Marker, showing: Showing) -> list[dict[str, Any]]:
    return [
        hit_of(documents[item.candidate.id], item.score, marker, showing, exact=item.exact)
        for item in shown
        if item.candidate.id in documents
    ]


def hit_of(document: Document, score: float, marker: Marker, showing: Showing, *, exact: bool) -> dict[str, Any]:
    marked = marker.mark(document["material"]["name"])
    return {
        "material": document["material"],
        "score": score,
        "match": "exact" if exact else "near",
        "highlights": [marked] if marked else [],
        "offers": showing.offers(document),
        "compared_unit": document.get("compared_unit"),
        "offers_total": document["offers_total"],
    }


def facets_of(names: Sequence[str], ranked: Sequence[Ranked]) -> dict[str, list[dict[str, Any]]]:
    """Values with the number of found materials that have them, most frequent first."""
    facets = {}
    for name in names:
        counts: dict[Any, int] = {}
        for item in ranked:
            candidate = item.candidate
            # Of suppliers a material has several, and counts with each.
            values = candidate.supplier_ids if name == "supplier_id" else [getattr(candidate, name)]
            for value in values:
                if value is not None:
                    counts[value] = counts.get(value, 0) + 1
        most = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))[:_FACET_VALUES]
        facets[name] = [{"value": value, "count": count} for value, count in most]
    return facets


def dependencies_of(
    request: SearchRequest,
    found: SearchResult,
    shown: Sequence[Ranked],
    terms: Sequence[tuple[Term, float]],
    *,
    full: bool,
) -> Depends:
    """What outdates the answer: a change of what it shows, or a new material that would stand among it.

    On a page that is full, in the order of relevance, that is one which meets as much of the query as the last one.
    """
    least = cutoff(found.ranked)
    if full and request.sort.by is SortBy.RELEVANCE and not request.facets:
        least = max(least, min(item.coverage for item in shown))
    words = [
        (weight, list(map(index_of, dict.fromkeys((term.stem, *term.alternatives, *map(stem, term.spelled))))))
        for term, weight in terms
    ]
    alike = followed_by(found.ranked, [term for term, _ in terms])
    words += [(1.0, [index_of(word)]) for word in alike]
    by_index = found.source is Source.VECTOR and bool(found.ranked)
    # Sums of weights are compared, whose last digits depend on their order.
    return Depends([tag(item.candidate.id) for item in shown], words, least - _ROUNDING, everything=not by_index)
