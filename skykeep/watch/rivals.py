"""Motions that need the same bearings: the probability of each over all sets that can be there together.

The multidimensional assignment of Pattipati, Deb, Bar-Shalom, Washburn (1992) with marginals in place of one winner.
So a ghost that fits as well as the truth leaves both improbable.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skykeep.geo.exact import exp
from skykeep.geo.kernel import kernel
from skykeep.watch.reports import Floats, Ints

SETS_MAX = 4000
SAME, VARIANT = 0.8, 0.5  # shares of bearings: above, the same motion; another motion of the same target
WEIGHED_MAX = 24  # motions
TEMPER = 3.0  # between rivals, log-odds count for less by so much
R_MAX = 0.99


class Fit(NamedTuple):
    """A motion and what it rests on."""

    evidence: float  # log-odds against there being nothing but clutter and misses
    x: Floats
    p: Floats
    hits: dict[int, frozenset[int]]  # of each sensor that sees it: rows
    hit: Ints  # (l,) row of each look, MISSED or TOLD
    gain: Floats  # (l,) what it is worth: log-likelihood with it less that without
    tx: int
    ripe: bool  # enough speaks for it; what is not ripe may still be the truth that a ghost competes with


def distinct(fits: list[Fit]) -> list[Fit]:
    """Return the fits without those that say the same as a likelier one."""
    kept: list[Fit] = []
    for fit in fits:
        if len(kept) < WEIGHED_MAX and not any(_alike(fit, other, SAME) for other in kept):
            kept.append(fit)
    return kept


def _alike(one: Fit, other: Fit, share: float) -> bool:
    """Say whether two motions have more than this share of their bearings in common, at each station that sees both."""
    common = [s for s in one.hits if s in other.hits]
    return len(common) > 1 and all(
        len(one.hits[s] & other.hits[s]) > share * min(len(one.hits[s]), len(other.hits[s])) for s in common
    )


def pooled(fits: list[Fit], chances: list[float]) -> list[float]:
    """Return the probability of each target: that of its likeliest motion has that of the others too, which have 0."""
    pooled = [0.0] * len(fits)
    order = sorted(range(len(fits)), key=lambda k: (-chances[k], k))
    for place, k in enumerate(order):
        first = next((j for j in order[:place] if pooled[j] > 0.0 and _alike(fits[k], fits[j], VARIANT)), k)
        pooled[first] = min(pooled[first] + max(chances[k], 1e-12), R_MAX)
    return pooled


def marginals(fits: list[Fit]) -> list[float]:
    """Return the probability of each motion, over all sets of motions that can be there together."""
    count = len(fits)
    odds = np.array([fit.evidence for fit in fits])
    cost = np.zeros((count, count))
    if count:
        contest(np.array([fit.hit for fit in fits]), np.array([fit.gain for fit in fits]), cost)
    out = np.zeros(count)
    for i in range(count):  # what contends for the same bearings is summed together, the rest apart
        group = _group(cost, i)
        if group[0] == i:
            members = np.array(group, np.int64)
            alone = np.zeros(len(members))
            while not sets(odds[members], cost[members][:, members], alone):
                members = members[: len(members) // 2]  # the likeliest: they come sorted
                alone = np.zeros(len(members))
            out[members] = alone
    return [min(float(r), R_MAX) for r in out]


def _group(cost: Floats, member: int) -> list[int]:
    group, waiting = [member], [member]
    while waiting:
        new = [j for j in np.nonzero(cost[waiting.pop()])[0].tolist() if j not in group]
        group += new
        waiting += new
    return sorted(group)


@kernel
def contest(hit: Ints, gain: Floats, cost: Floats) -> None:
    """Write what two motions lose by both being there, (n, n): in each look that they share, the lesser gain."""
    for i in range(hit.shape[0]):
        for j in range(i):
            total = 0.0
            for look in range(hit.shape[1]):
                if hit[i, look] >= 0 and hit[i, look] == hit[j, look]:
                    total += max(0.0, min(float(gain[i, look]), float(gain[j, look])))
            cost[i, j], cost[j, i] = total, total


@kernel
def sets(odds: Floats, cost: Floats, out: Floats) -> bool:
    """Write the probability of each of n motions (n,), given their log-odds and what each two lose together (n, n).

    Every set is visited, depth first, but those in which a motion costs others more than it is worth itself. The weight
    of a set is the product of its odds over its losses. A motion gets the lesser of two probabilities: among all sets,
    which asks whether there is anything at all; and among those that nothing can join, with TEMPER, which asks whether
    it or its rivals are there. Between rivals small differences mean little, for motions are not straight and errors
    not independent (a coarsened posterior: Miller, Dunson 2019). False where there are more than SETS_MAX sets.
    """
    count = odds.shape[0]
    member, added = np.empty(count + 1, np.int64), np.empty(count + 1)
    rival = np.zeros(count)
    most = 0.0
    for both in range(2):  # first the greatest weight, then the sums
        total, rivals, weight, depth, k, visited = exp(-most), 0.0, 0.0, 0, 0, 0
        for i in range(count):
            out[i] = 0.0
        while k < count or depth > 0:
            if k == count:
                depth -= 1
                weight -= float(added[depth])
                k = int(member[depth]) + 1
                continue
            loss = 0.0
            for d in range(depth):
                loss += float(cost[k, member[d]])
            if loss == 0.0 or loss < float(odds[k]):
                visited += 1
                if visited > SETS_MAX:
                    return False
                member[depth], added[depth] = k, float(odds[k]) - loss
                weight += float(added[depth])
                depth += 1
                if both == 0:
                    most = max(most, weight)
                else:
                    share = exp(weight - most)
                    total += share
                    whole = exp((weight - most) / TEMPER) if _complete(odds, cost, member, depth) else 0.0
                    rivals += whole
                    for d in range(depth):
                        out[member[d]] = float(out[member[d]]) + share
                        rival[member[d]] = float(rival[member[d]]) + whole
            k += 1
        if both == 1:
            for i in range(count):
                out[i] = min(float(out[i]) / total, float(rival[i]) / rivals if rivals > 0.0 else 1.0)
    return True


@kernel
def _complete(odds: Floats, cost: Floats, member: Ints, depth: int) -> bool:
    """Say whether no motion could join this set without costing more than it is worth."""
    for k in range(odds.shape[0]):
        inside, loss = float(odds[k]) <= 0.0, 0.0
        for d in range(depth):
            inside = inside or int(member[d]) == k
            loss += float(cost[k, member[d]])
        if not inside and (loss == 0.0 or loss < float(odds[k])):
            return False
    return True
