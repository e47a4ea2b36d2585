"""A brand's own music, as its file lies beside the brand file."""

from pathlib import Path

from domain.errors import InputError


def read_music(path: Path) -> bytes:
    """The bytes of a sound file that our clips can use.

    Raises:
        InputError: it cannot be read, or is no such sound; names the file.
    """
    # brings FFmpeg, which takes a second to import; few brands have music
    from content.media.sound import check_music

    try:
        content = path.read_bytes()
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    try:
        check_music(content)
    except InputError as exc:
        raise InputError(f"{path.name}: {exc}") from exc
    return content


def when_changed(path: Path) -> tuple[int, int]:
    """What is another once the file is: its time in nanoseconds and its size in bytes.

    Raises:
        InputError: it is not there.
    """
    try:
        found = path.stat()
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    return found.st_mtime_ns, found.st_size


def _unreadable(path: Path, exc: OSError) -> InputError:
    return InputError(f"{path} cannot be read: {exc.strerror}; mend the path, or leave it out")
