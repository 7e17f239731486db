"""Bars of new and handled as a drawing without scripts."""

import sys
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

# The library hooks itself into Python's imports for its maps, by an interface that is gone: whoever
# walks the list of importers stumbles over it.
sys.meta_path[:] = [
    finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)
]

_STYLE = Style(
    background="transparent", plot_background="transparent", foreground="#777",
    foreground_strong="#777", foreground_subtle="#999", colors=("#8a8f98", "#2f6f62"),
    font_family="sans-serif", label_font_size=11, legend_font_size=12, major_label_font_size=11,
)  # fmt: skip


def _without_scripts(root: Any) -> Any:
    """The drawing alone: the library puts its settings for tooltips into a script."""
    for parent in list(root.iter()):
        for child in [one for one in parent if str(one.tag).endswith("script")]:
            parent.remove(child)
    return root


def bars(rows: Sequence[tuple[str, int, int]]) -> str:
    """An SVG of rows of a label, new and handled."""
    chart = pygal.Bar(
        style=_STYLE, js=[], disable_xml_declaration=True, width=720, height=260, margin=8,
        legend_at_bottom=True, show_minor_x_labels=False, x_labels_major_count=7,
        x_label_rotation=0, truncate_label=-1, show_y_guides=True, no_data_text="没有",
    )  # fmt: skip
    chart.x_labels = [day for day, _, _ in rows]
    chart.add("新增", [new for _, new, _ in rows])
    chart.add("办结", [handled for _, _, handled in rows])
    chart.add_xml_filter(_without_scripts)
    return str(chart.render(is_unicode=True))
