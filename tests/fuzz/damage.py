"""Damage to bytes: flipped bits, holes, stretches told again, and pieces that the format takes ill."""


def damaged(data, rng, pieces, *, again_max=1):
    """`data` after one to six blows; a stretch of it is told again up to `again_max` times."""
    data = bytearray(data)
    for _ in range(rng.randrange(1, 7)):
        at = rng.randrange(len(data) + 1)
        blow = rng.randrange(5)
        if blow == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif blow == 1:
            del data[at : at + rng.randrange(1, 40)]
        elif blow == 2:
            start = rng.randrange(len(data) + 1)
            data[at:at] = data[start : start + rng.randrange(80)] * rng.randint(1, again_max)
        else:
            data[at:at] = rng.choice(pieces)
    return bytes(data)
