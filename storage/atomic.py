"""Files that appear whole or not at all."""

import os
from pathlib import Path
from uuid import uuid4

from domain.errors import StoreError


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`; a reader sees the old file or the new one.

    Raises:
        StoreError: the disk refused; the old file is untouched and nothing half-written stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as exc:
        raise StoreError(
            f"cannot write {path}: {exc.strerror}; free space or mend the folder's rights, "
            "then run again"
        ) from exc
    finally:
        draft.unlink(missing_ok=True)
