"""A fitted engagement model as bytes and back, without ever unpickling anything."""

import io
import json
import zipfile

import numpy as np
import polars as pl

from domain.errors import ModelError
from ml.blend import Blend
from ml.engagement import EngagementModel
from ml.features import CATEGORIES
from ml.intervals import Residuals
from ml.matrix import Encoder
from ml.text import TextRidge
from ml.trees import read_trees

FORMAT = 3


def dump_model(model: EngagementModel) -> bytes:
    """A zip of JSON, plain arrays, Parquet and the trees as text; the inverse loads it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {
            "format": FORMAT,
            "zones": dict(model.zones),
            "tails": [model.residuals.lower, model.residuals.upper],
            "blend": model.blend is not None,
            "meant": model.meant,
        }
        archive.writestr("recent.parquet", _parquet(model.residuals.recent))
        archive.writestr("trained_until.parquet", _parquet(model.trained_until))
        if model.blend is not None:
            about |= _dump_blend(archive, model.blend)
        archive.writestr("about.json", json.dumps(about, sort_keys=True).encode())
    return buffer.getvalue()


def load_model(content: bytes) -> EngagementModel:
    """The model of `dump_model`; raises ModelError where the bytes are not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = json.loads(archive.read("about.json"))
            if about["format"] != FORMAT:
                raise ModelError(f"model format {about['format']} is unknown; train it again")
            residuals = Residuals(_frame(archive, "recent.parquet"), *about["tails"])
            until = _frame(archive, "trained_until.parquet")
            blend = _load_blend(archive, about) if about["blend"] else None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ModelError(f"this is no engagement model ({error}); train it again") from error
    # versions of before it could be read do not say
    meant = bool(about.get("meant", False))
    return EngagementModel(blend, residuals, until, about["zones"], meant)


def load_if_current(content: bytes) -> EngagementModel | None:
    """The model of `dump_model`; None where it is of another format, which cannot serve either."""
    try:
        return load_model(content)
    except ModelError:
        return None


def _dump_blend(archive: zipfile.ZipFile, blend: Blend) -> dict[str, object]:
    seen = np.flatnonzero(blend.text.idf)
    arrays = io.BytesIO()
    np.savez(
        arrays,
        seen=seen,
        idf=blend.text.idf[seen],
        text=blend.text.weights[seen],
        linear=blend.linear,
        weights=blend.weights,
        centre=blend.encoder.centre,
        scale=blend.encoder.scale,
    )
    archive.writestr("arrays.npz", arrays.getvalue())
    archive.writestr("trees.txt", blend.trees.model_to_string(num_iteration=-1))
    return {
        "columns": list(blend.encoder.columns),
        "categories": {name: list(values) for name, values in blend.encoder.categories.items()},
        "text_mean": blend.text.mean,
        "intercept": blend.intercept,
        "width": len(blend.text.idf),
        "spreads": blend.spreads,
        "spread": blend.spread,
    }


def _load_blend(archive: zipfile.ZipFile, about: dict[str, object]) -> Blend:
    arrays = np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False)
    text = np.zeros((2, int(str(about["width"]))))
    text[0, arrays["seen"]], text[1, arrays["seen"]] = arrays["idf"], arrays["text"]
    trees = read_trees(archive.read("trees.txt").decode())
    categories: dict[str, list[str]] = dict(about["categories"])  # type: ignore[call-overload]
    encoder = Encoder(
        tuple(about["columns"]),  # type: ignore[arg-type]
        arrays["centre"],
        arrays["scale"],
        # JSON sorts its keys, and the order of the columns hangs on that of the categories
        {name: tuple(categories[name]) for name in CATEGORIES if name in categories},
    )
    return Blend(
        encoder,
        TextRidge(text[0], text[1], float(str(about["text_mean"]))),
        arrays["linear"],
        float(str(about["intercept"])),
        trees,
        arrays["weights"],
        dict(about["spreads"]),  # type: ignore[call-overload]
        float(str(about["spread"])),
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _frame(archive: zipfile.ZipFile, name: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(archive.read(name)))
