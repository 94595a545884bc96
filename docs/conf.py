"""How the documentation is built: `./dev docs`, with every warning an error."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from docutils.nodes import Element, TextElement, document
from sphinx.addnodes import toctree
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry, PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import global_toctree_for_doc

from safepassage import __version__

project = "safepassage"
author = "the safepassage authors"
copyright = "the safepassage authors, Apache-2.0"  # noqa: A001 - Sphinx gives the name
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.apidoc", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"safepassage {__version__}"
html_copy_source = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nitpicky = True
# A name of another project cannot be linked without a network; a name of ours must be.
nitpick_ignore_regex = [("py:.*", r"(?!safepassage\.).*")]

# The reference of the code is written from its docstrings at every build.
apidoc_modules = [
    {
        "path": "../src/safepassage",
        "destination": "reference/api",
        "separate_modules": True,
        "module_first": True,
        "automodule_options": {"members", "undoc-members", "show-inheritance"},
    },
]
# What a function returns has a name (`start`, `end`) that several classes may have too.
suppress_warnings = ["ref.python"]
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_use_type_comments = False
napoleon_google_docstring = False
# Attributes are described once, in the class.
napoleon_use_ivar = True


def link_alias(app: Sphinx, env: BuildEnvironment, node: Element, shown: TextElement) -> Element | None:
    """Link an alias or NewType in an annotation to its module: to Sphinx it is neither class nor data."""
    if node.get("refdomain") != "py" or node.get("reftype") != "class":
        return None
    module, _, name = node["reftarget"].rpartition(".")
    found: Element | None = env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, "mod", module, node, shown
    )
    # a name that is not there is a fault, and stays one
    return found if found is not None and has(module, name) else None


def has(module: str, name: str) -> bool:
    """Tell whether a module, told in full, has a name."""
    try:
        return hasattr(import_module(module), name)
    except ModuleNotFoundError:
        return False


CODE = "reference/api/"
"""Where the pages of the code lie: nine of ten pages."""


class Names(PythonDomain):
    """The names of the code, found by their last part: Sphinx looks for each among all of them."""

    _alike: dict[str, ObjectEntry] | None = None

    @property
    def objects(self) -> dict[str, ObjectEntry]:
        """All names; while one is looked for, those that end as it does."""
        return super().objects if self._alike is None else self._alike

    def find_obj(self, *asked: Any, **more: Any) -> list[tuple[str, ObjectEntry]]:
        """Find what a name (the fourth argument) may mean."""
        self._alike = by_last_part(self, len(self.objects)).get(last_part(asked[3]), {})
        try:
            return super().find_obj(*asked, **more)
        finally:
            self._alike = None


def last_part(name: str) -> str:
    """Return what stands after the last dot."""
    return name.removesuffix("()").rpartition(".")[2]


@lru_cache(maxsize=1)
def by_last_part(names: Names, _count: int) -> dict[str, dict[str, ObjectEntry]]:
    """Sort names by their last part; anew when there are more of them."""
    found: dict[str, dict[str, ObjectEntry]] = {}
    for name, entry in names.objects.items():
        found.setdefault(last_part(name), {})[name] = entry
    return found


def end_at_rooms(_app: Sphinx, env: BuildEnvironment) -> None:
    """Let the tree beside each page end at the rooms: with every module it takes most of the time of a build."""
    for page, contents in env.tocs.items():
        if page.startswith(CODE):
            for tree in list(contents.findall(toctree)):
                tree["entries"] = [(title, below) for title, below in tree["entries"] if below in env.toctree_includes]
                if not tree["entries"]:
                    tree.parent.remove(tree)


@cache
def tree_of_code(app: Sphinx) -> str:
    """Write the tree that stands beside the pages of the code: the same one, since they lie in one folder."""
    html: Any = app.builder
    tree = global_toctree_for_doc(app.env, CODE + "modules", html, tags=app.tags, titles_only=True, maxdepth=-1)
    return str(html.render_partial(tree)["fragment"])


def share_tree(app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: document | None) -> None:
    """Let the pages of the code share their tree: to write one takes longer than to write such a page."""
    if page.startswith(CODE):
        context["toctree"] = lambda **_asked: tree_of_code(app)


def setup(app: Sphinx) -> None:
    """Register what this file adds to Sphinx."""
    app.add_domain(Names, override=True)
    app.connect("env-updated", end_at_rooms)
    # before the theme asks for the tree
    app.connect("html-page-context", share_tree, priority=400)
    app.connect("missing-reference", link_alias)
