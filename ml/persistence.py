"""A fitted engagement model as bytes and back, without ever unpickling anything."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ModelError
from ml.blend import Blend
from ml.engagement import DOUBTED, EngagementModel
from ml.features import CATEGORIES
from ml.forecaster import OURS, Spreads
from ml.intervals import Residuals
from ml.matrix import Encoder
from ml.rivals import (
    DAY,
    RIVALS,
    WEEK,
    Part,
    Rival,
    SlotMeans,
    Trees,
    WordingRidge,
    level_alone,
    without_trees,
)
from ml.text import TextRidge
from ml.trees import NoTrees, read_trees

FORMATS = {OURS: 3} | dict.fromkeys(RIVALS, 4)
"""By kind; what ours is made of has not changed since before rivals were stored."""

About = dict[str, Any]
Arrays = Mapping[str, NDArray[Any]]


def dump_model(model: EngagementModel) -> bytes:
    """A zip of JSON, plain arrays, Parquet and the trees as text; the inverse loads it."""
    buffer = io.BytesIO()
    forecaster = model.forecaster
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        about: About = {
            "format": FORMATS[forecaster.kind],
            "kind": forecaster.kind,
            "zones": dict(model.zones),
            "tails": [model.residuals.lower, model.residuals.upper],
            "spreads": dict(forecaster.spreads.each),
            "spread": forecaster.spreads.whole,
            "meant": model.meant,
        }
        archive.writestr("recent.parquet", _parquet(model.residuals.recent))
        archive.writestr("trained_until.parquet", _parquet(model.trained_until))
        archive.writestr("doubted.parquet", _parquet(model.doubted))
        if isinstance(forecaster, Blend):
            about |= _dump_blend(archive, forecaster)
        if isinstance(forecaster, Rival):
            about["parts"] = {
                name: _dump_part(archive, name, part) for name, part in forecaster.parts.items()
            }
        archive.writestr("about.json", json.dumps(about, sort_keys=True).encode())
    return buffer.getvalue()


def load_model(content: bytes) -> EngagementModel:
    """The model of `dump_model`; raises ModelError where the bytes are not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = json.loads(archive.read("about.json"))
            kind = about.get("kind", OURS)
            if about["format"] != FORMATS[kind]:
                raise ModelError(f"model format {about['format']} is unknown; train it again")
            residuals = Residuals(_frame(archive, "recent.parquet"), *about["tails"])
            until = _frame(archive, "trained_until.parquet")
            # versions of before it was kept believe what was counted
            kept = "doubted.parquet" in archive.namelist()
            doubted = _frame(archive, "doubted.parquet") if kept else pl.DataFrame(schema=DOUBTED)
            # before rivals were stored, a model of too few posts was one of ours without a blend
            alone = kind == OURS and not about["blend"]
            load = _load_blend if kind == OURS else _load_rival
            forecaster = level_alone() if alone else load(archive, about)
    except (zipfile.BadZipFile, KeyError, ValueError, pl.exceptions.PolarsError) as error:
        raise ModelError(f"this is no engagement model ({error}); train it again") from error
    # versions of before it could be read do not say
    meant = bool(about.get("meant", False))
    return EngagementModel(forecaster, residuals, until, about["zones"], meant, doubted)


def load_if_current(content: bytes) -> EngagementModel | None:
    """The model of `dump_model`; None where it is of another format, which cannot serve either."""
    try:
        return load_model(content)
    except ModelError:
        return None


def _dump_blend(archive: zipfile.ZipFile, blend: Blend) -> About:
    arrays = {"linear": blend.linear, "weights": blend.weights}
    _dump_arrays(archive, "arrays.npz", _text(blend.text) | _scales(blend.encoder) | arrays)
    archive.writestr("trees.txt", blend.trees.model_to_string(num_iteration=-1))
    return {
        "blend": True,
        "text_mean": blend.text.mean,
        "intercept": blend.intercept,
        "width": len(blend.text.idf),
    } | _columns(blend.encoder)


def _load_blend(archive: zipfile.ZipFile, about: About) -> Blend:
    arrays = _arrays(archive, "arrays.npz")
    return Blend(
        _encoder(arrays, about),
        _ridge(arrays, about["width"], about["text_mean"]),
        arrays["linear"],
        float(about["intercept"]),
        read_trees(archive.read("trees.txt").decode()),
        arrays["weights"],
        _spreads(about),
    )


def _load_rival(archive: zipfile.ZipFile, about: About) -> Rival:
    parts = {
        name: _load_part(archive, name, about["parts"][name])
        for name in RIVALS[about["kind"]]
        if name in about["parts"]
    }
    return Rival(about["kind"], parts, _spreads(about))


def _dump_part(archive: zipfile.ZipFile, name: str, part: Part) -> About:
    if isinstance(part, SlotMeans):
        archive.writestr(f"{name}.parquet", _parquet(part.cells))
        return {}
    if isinstance(part, WordingRidge):
        _dump_arrays(archive, f"{name}.npz", _text(part.ridge))
        return {"text_mean": part.ridge.mean, "width": len(part.ridge.idf)}
    if isinstance(part, Trees):
        _dump_arrays(archive, f"{name}.npz", _scales(part.encoder))
        archive.writestr(f"{name}.txt", part.booster.model_to_string(num_iteration=-1))
        return _columns(part.encoder)
    raise ModelError(f"{name} cannot be stored; take another kind")


def _load_part(archive: zipfile.ZipFile, name: str, about: About) -> Part:
    if name in ("hours", "week_hours"):
        return SlotMeans(DAY if name == "hours" else WEEK, _frame(archive, f"{name}.parquet"))
    arrays = _arrays(archive, f"{name}.npz")
    if name == "wording":
        return WordingRidge(_ridge(arrays, about["width"], about["text_mean"]))
    trees = read_trees(archive.read(f"{name}.txt").decode())
    if isinstance(trees, NoTrees):
        raise without_trees(f"the part {name}")
    return Trees(_encoder(arrays, about), trees)


def _text(ridge: TextRidge) -> dict[str, NDArray[Any]]:
    seen = np.flatnonzero(ridge.idf)
    return {"seen": seen, "idf": ridge.idf[seen], "text": ridge.weights[seen]}


def _ridge(arrays: Arrays, width: int, mean: float) -> TextRidge:
    text = np.zeros((2, int(width)))
    text[0, arrays["seen"]], text[1, arrays["seen"]] = arrays["idf"], arrays["text"]
    return TextRidge(text[0], text[1], float(mean))


def _scales(encoder: Encoder) -> dict[str, NDArray[Any]]:
    return {"centre": encoder.centre, "scale": encoder.scale}


def _columns(encoder: Encoder) -> About:
    return {
        "columns": list(encoder.columns),
        "categories": {name: list(values) for name, values in encoder.categories.items()},
    }


def _encoder(arrays: Arrays, about: About) -> Encoder:
    categories: dict[str, list[str]] = about["categories"]
    return Encoder(
        tuple(about["columns"]),
        arrays["centre"],
        arrays["scale"],
        # JSON sorts its keys, and the order of the columns hangs on that of the categories
        {name: tuple(categories[name]) for name in CATEGORIES if name in categories},
    )


def _spreads(about: About) -> Spreads:
    return Spreads(dict(about["spreads"]), float(about["spread"]))


def _dump_arrays(archive: zipfile.ZipFile, name: str, arrays: Arrays) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]
    archive.writestr(name, buffer.getvalue())


def _arrays(archive: zipfile.ZipFile, name: str) -> Arrays:
    loaded: Arrays = np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
    return loaded


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _frame(archive: zipfile.ZipFile, name: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(archive.read(name)))
