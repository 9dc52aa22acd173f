"""The link's messages, cut anywhere and damaged anyhow: read as they were sent, or told to be none of ours."""

from __future__ import annotations

import contextlib
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from skykeep.errors import Malformed
from skykeep.station.link import Answer, Ask, Beat, Hello, Message, Reader, Ticked, packed

texts = st.text(max_size=12)
bodies = st.binary(max_size=20)
whole = st.integers(-(2**63), 2**63 - 1)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Beat, whole, st.booleans()),
    st.builds(
        Ticked, whole, whole, whole, st.lists(bodies, max_size=3), st.lists(st.tuples(whole, bodies), max_size=3),
        st.lists(bodies, max_size=3),
    ),
    st.builds(Hello, whole, texts, texts, texts, whole, whole, whole),
    st.builds(Ask, whole, texts, texts, st.lists(texts, max_size=3), texts, texts, bodies, texts, bodies),
    st.builds(Answer, whole, st.none() | whole, bodies, texts, texts),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(messages, max_size=5), st.lists(st.integers(0, 400), max_size=6))
def test_cut_anywhere_the_messages_are_the_same(sent: list[Message], cuts: list[int]) -> None:
    data = b"".join(map(packed, sent))
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    reader, found = Reader(), []
    for start, end in itertools.pairwise(edges):
        found += reader.feed(data[start:end])
    assert found == sent


@settings(max_examples=60)
@given(st.lists(messages, min_size=1, max_size=3), st.data())
def test_damaged_they_are_messages_or_malformed_and_nothing_else(sent: list[Message], data: st.DataObject) -> None:
    damaged = bytearray(b"".join(map(packed, sent)))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found: list[Message] = []
    with contextlib.suppress(Malformed):
        found += Reader().feed(bytes(damaged))
    assert all(isinstance(each, Message) for each in found)
