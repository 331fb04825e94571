"""Sphinx: Markdown pages, tutorials executed by myst-nb, and the reference from the docstrings."""

from importlib.metadata import version as installed

project = "oxygen-recon"
author = copyright = "the oxygen-recon authors"
release = version = installed("oxygen-recon")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
templates_path = ["_templates"]
exclude_patterns = ["api/generated/*.ipynb"]

html_theme = "furo"
html_title = f"oxygen-recon {release}"
html_static_path = ["_static"]

# Pages: Markdown with definition lists, fenced directives and links to headings.
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Tutorials and gallery are executed in every build, each in a folder of its own; an error stops the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds per cell: generous, so that a loaded machine changes nothing
nb_merge_streams = True
nb_output_stderr = "remove"  # progress lines and warnings of third parties

# Reference: numpy docstrings; single backquotes are code.
default_role = "code"
autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_preserve_defaults = True
suppress_warnings = ["ref.python"]  # words of docstrings that are also names in several modules: shape, Source
napoleon_google_docstring = False
napoleon_use_rtype = False
