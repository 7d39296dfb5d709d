"""How a query that is being typed may go on: by words that stand beside its others in some name."""

from collections import Counter
from collections.abc import Iterable, Sequence

from quarry.domain.excerpts import Candidate
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.query import Term
from quarry.domain.text import normalize_name


def continued(beginning: str, before: Sequence[Term], candidates: Sequence[Candidate]) -> list[tuple[str, int]]:
    """Words that begin so, of names that say all that stands ``before``, with the number of materials.

    The most frequent come first; of a word's forms the most frequent one stands for all.
    """
    read = [(said := dict.fromkeys(normalize_name(one.name).split()), _known(one, said)) for one in candidates]
    terms = [({term.stem, *term.alternatives}, term.optional) for term in before]
    # A word that says little must stand there too, if it stands in any of the names.
    wanted = [one for one, optional in terms if not optional or any(not known.isdisjoint(one) for _, known in read)]
    already = {term.stem for term in before}
    found: Counter[str] = Counter()
    for said, known in read:
        if all(not known.isdisjoint(one) for one in wanted):
            begun = (word for word in said if word.startswith(beginning) and word not in STOP_WORDS)
            found.update(word for word in begun if stem(word) not in already)
    forms: dict[str, tuple[str, int]] = {}
    for word, count in found.most_common():
        first, others = forms.get(stem(word), (word, 0))
        forms[stem(word)] = first, others + count
    return sorted(forms.values(), key=lambda form: (-form[1], form[0]))


def _known(candidate: Candidate, said: Iterable[str]) -> set[str]:
    return {*map(stem, said), *candidate.wording.own}
