"""How a query that is being typed may go on: by words that stand beside its others in some name."""

from collections import Counter
from collections.abc import Sequence

from quarry.domain.excerpts import Candidate
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.query import Term
from quarry.domain.text import normalize_name


def continued(beginning: str, before: Sequence[Term], candidates: Sequence[Candidate]) -> list[tuple[str, int]]:
    """Words that begin so, of names that say all that stands ``before``, with the number of materials.

    The most frequent come first; of a word's forms the most frequent one stands for all.
    """
    wanted = [{term.stem, *term.alternatives} for term in before if not term.optional]
    already = {term.stem for term in before}
    found: Counter[str] = Counter()
    for candidate in candidates:
        said = dict.fromkeys(normalize_name(candidate.name).split())
        known = {*map(stem, said), *candidate.wording.own}
        if all(not known.isdisjoint(one) for one in wanted):
            begun = (word for word in said if word.startswith(beginning) and word not in STOP_WORDS)
            found.update(word for word in begun if stem(word) not in already)
    forms: dict[str, tuple[str, int]] = {}
    for word, count in found.most_common():
        first, others = forms.get(stem(word), (word, 0))
        forms[stem(word)] = first, others + count
    return sorted(forms.values(), key=lambda form: (-form[1], form[0]))
