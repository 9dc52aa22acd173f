from hypothesis import given
from hypothesis import strategies as st

from skykeep.views.labels import Box, Placer, about, around

places = st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300), st.floats(5, 120), st.floats(8, 40)), max_size=20)


@given(places)
def test_no_label_covers_another_or_leaves_the_frame(asked):
    placer = Placer(400, 300)
    placer.block(Box(0, 0, 100, 40))
    taken = [Box(0, 0, 100, 40)]
    for x, y, width, height in asked:
        box = placer.place(around(x, y, width, height))
        if box is not None:
            assert box.within(Box(0, 0, 400, 300))
            assert not any(box.overlaps(other) for other in taken)
            taken.append(box)


def test_a_label_keeps_off_shaded_ground_where_it_can():
    placer = Placer(400, 300)
    placer.shade(Box(215, 140, 30, 20))
    placer.shade(Box(225, 140, 30, 20))
    assert placer.place(around(200, 150, 60, 14)) == Box(125, 143, 60, 14)


def test_an_area_that_is_larger_than_the_drawing_is_labelled_inside_it():
    frame = Box(0, 0, 400, 300)
    placer = Placer(400, 300)
    box = placer.place(about(Box(-5000, -5000, 9000, 9000), frame, 120, 30))
    assert box is not None
    assert box.within(frame)
