"""How the documentation is built: `./dev docs`, with every warning an error."""

from __future__ import annotations

from docutils.nodes import Element, TextElement
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

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
napoleon_google_docstring = False
# Attributes are described once, in the class.
napoleon_use_ivar = True


def link_alias(app: Sphinx, env: BuildEnvironment, node: Element, shown: TextElement) -> Element | None:
    """Link an alias or NewType in an annotation to its module: to Sphinx it is neither class nor data."""
    if node.get("refdomain") != "py" or node.get("reftype") != "class":
        return None
    module = node["reftarget"].rpartition(".")[0]
    found: Element | None = env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, "mod", module, node, shown
    )
    return found


def setup(app: Sphinx) -> None:
    """Register what this file adds to Sphinx."""
    app.connect("missing-reference", link_alias)
