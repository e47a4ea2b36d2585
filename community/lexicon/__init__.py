"""Words and phrases by what they signal, found in a tokenised text."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_LEET = str.maketrans("013457@$", "oieast" + "as")
_DISGUISED = re.compile(r"(?<![\w@#$])(?=\w*[^\W\d_])(?=[^\W_]*[013457@$])[\w@$]{3,}(?!\w)")
_CENSORED = (
    (re.compile(r"\bf[*#@%.]+c?k", re.IGNORECASE), "fuck"),
    (re.compile(r"\bsh[*#!@]+t", re.IGNORECASE), "shit"),
    (re.compile(r"\bb[*#!@]+tch", re.IGNORECASE), "bitch"),
    (re.compile(r"\ba[*#$@]+h?ole", re.IGNORECASE), "asshole"),
    (re.compile(r"\bc[*#@]+nt", re.IGNORECASE), "cunt"),
    (re.compile(r"\bsch?[*#!@]+iß", re.IGNORECASE), "scheiß"),
)


def plain(text: str) -> str:
    """The text as it is read: compatibility forms folded, invisible characters gone."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return folded.replace("\u2019", "'").replace("`", "'")


def tokens_of(text: str) -> list[str]:
    """The words of a text that `plain` has read: lower case, common disguises undone."""
    for pattern, word in _CENSORED:
        text = pattern.sub(word, text)
    text = _DISGUISED.sub(lambda found: found.group().translate(_LEET), text.lower())
    return _TOKEN.findall(text)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One word or phrase; each part is (word, is a stem); an empty stem fits any word."""

    group: str
    parts: tuple[tuple[str, bool], ...]

    def fits(self, words: list[str], start: int) -> bool:
        if start + len(self.parts) > len(words):
            return False
        return all(
            words[start + i].startswith(part) if stem else words[start + i] == part
            for i, (part, stem) in enumerate(self.parts)
        )


class Lexicon:
    """The word lists of one language, indexed by the first word of each entry."""

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self._exact: dict[str, list[_Entry]] = defaultdict(list)
        self._stems: dict[str, list[_Entry]] = defaultdict(list)
        for group, entries in groups.items():
            for entry in entries:
                self._add(_Entry(group, _parts(entry)))
        self._longest = max(map(len, self._stems))

    def _add(self, entry: _Entry) -> None:
        word, is_stem = entry.parts[0]
        (self._stems if is_stem else self._exact)[word].append(entry)

    def find(self, words: list[str]) -> dict[str, list[int]]:
        """For each group that occurs, the positions where one of its entries begins."""
        found: dict[str, list[int]] = defaultdict(list)
        for at, word in enumerate(words):
            for entry in self._candidates(word):
                if entry.fits(words, at) and found[entry.group][-1:] != [at]:
                    found[entry.group].append(at)
        return found

    def _candidates(self, word: str) -> list[_Entry]:
        entries = list(self._exact.get(word, ()))
        for end in range(2, min(len(word), self._longest) + 1):
            entries += self._stems.get(word[:end], ())
        return entries


def _parts(entry: str) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    for word in plain(entry).lower().split():
        pieces = _TOKEN.findall(word) or [""]
        parts += [(piece, False) for piece in pieces[:-1]]
        parts.append((pieces[-1], word.endswith("*")))
    return tuple(parts)


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language; English for every language that has none of its own."""
    name = language if language in {"de", "en"} else "en"
    lists = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Lexicon({group: [str(entry) for entry in lists[group]] for group in lists})


@cache
def rules() -> dict[str, re.Pattern[str]]:
    """The patterns of `rules.yaml`, one alternation for each meaning."""
    lists = yaml.safe_load((_FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    return {
        meaning: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE | re.DOTALL)
        for meaning, patterns in lists.items()
    }
