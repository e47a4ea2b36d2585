"""YAML with line numbers, without its surprises: 22:00 and `no` stay what was written."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from domain.errors import ConfigError


class _PlainLoader(yaml.CSafeLoader):
    """Knows null, true, false and decimal numbers; all else is text (YAML 1.2 core)."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own protocol


def _resolve(tag: str, pattern: str, first: str) -> None:
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolve("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$", "-+0123456789")


def load_yaml(path: Path) -> tuple[Any, Node]:
    """What a YAML file holds, and the tree that knows the lines.

    Raises:
        ConfigError: missing, empty, not YAML, or a key stands twice; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} cannot be opened: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8; save it as UTF-8") from error
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ConfigError(f"{path} is empty; copy an example from brands/ and change it")
        for line, key in _repeated(node):
            raise ConfigError(f"{path}:{line}: {key!r} stands twice; keep one of them")
        return loader.construct_document(node), node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(
            f"{path}:{line}: {error.problem or error.context}; mend the YAML, "
            "indent with spaces and put text with : or # in quotes"
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {error}; mend the YAML") from error
    except ValueError as error:
        raise ConfigError(f"{path} holds a number of thousands of digits; shorten it") from error
    finally:
        loader.dispose()


def line_of(root: Node, place: Sequence[str | int]) -> int:
    """The line, from 1, of the innermost part of `place` that stands in the file."""
    node, line = root, root.start_mark.line + 1
    for step in place:
        found = _child(node, step)
        if found is None:
            return line
        key, node = found
        line = key.start_mark.line + 1
    return line


def _child(node: Node, step: str | int) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _repeated(root: Node) -> Iterator[tuple[int, str]]:
    seen_nodes: set[int] = set()
    ahead = [root]
    while ahead:
        node = ahead.pop()
        # an alias is the same node again, and may even stand inside itself
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, SequenceNode):
            ahead.extend(node.value)
        if isinstance(node, MappingNode):
            keys = [key for key, _ in node.value if isinstance(key, ScalarNode)]
            names = [key.value for key in keys]
            yield from (
                (key.start_mark.line + 1, key.value)
                for at, key in enumerate(keys)
                if key.value in names[:at]
            )
            ahead.extend(value for _, value in node.value)
