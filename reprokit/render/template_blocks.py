"""What a template that extends another would say in vain: unknown blocks, text outside of any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.exceptions import TemplateNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment


def find_vain_part(environment: Environment, text: str, file: str) -> tuple[int, str] | None:
    """Find the first part of a template that no page would show.

    Args:
        environment: One that loads what the template extends.
        text: The template.
        file: What errors call it.

    Returns:
        Its line, and what is wrong with it; None where there is none, or nothing is extended that
        is there.

    Raises:
        TemplateSyntaxError: Where the text is no template.
    """
    tree = environment.parse(text, filename=file)
    parent = _find_parent(tree)
    if parent is None:
        return None
    try:
        known = frozenset(_list_blocks(environment, parent))
    except TemplateNotFound:
        return None
    return min([*_list_unknown(tree, parent, known), *_list_outside(tree)], default=None)


def _find_parent(tree: nodes.Template) -> str | None:
    extends = tree.find(nodes.Extends)
    named = extends.template if extends is not None else None
    return named.value if isinstance(named, nodes.Const) else None


def _list_blocks(environment: Environment, name: str) -> Iterator[str]:
    """List the blocks of a template, and of those that it extends."""
    loader = environment.loader
    if loader is None:
        return
    tree = environment.parse(loader.get_source(environment, name)[0])
    yield from (block.name for block in tree.find_all(nodes.Block))
    parent = _find_parent(tree)
    if parent is not None:
        yield from _list_blocks(environment, parent)


def _list_unknown(
    tree: nodes.Template, parent: str, known: frozenset[str]
) -> Iterator[tuple[int, str]]:
    outer = (node for node in tree.body if isinstance(node, nodes.Block))
    for block in outer:
        if block.name not in known:
            blocks = ", ".join(sorted(known))
            yield block.lineno, f"`{parent}` has no block `{block.name}`; it has {blocks}"


def _list_outside(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        for part in node.nodes if isinstance(node, nodes.Output) else ():
            data = part.data if isinstance(part, nodes.TemplateData) else "x"
            if data.strip():
                line = part.lineno + data[: len(data) - len(data.lstrip())].count("\n")
                yield line, "what stands outside of blocks is not written where a template extends"
