"""The demo company: made-up files, as a pet-supplies shop with a CRM would deliver them.

`make_demo` writes them; `sources.yml` beside this module maps them to the entities.
"""

from orchestration.demo.dirt import DIRT, Dirt, Fate
from orchestration.demo.make import SOURCES, make_demo
from orchestration.demo.report import DemoError, DemoFile, DemoReport

__all__ = [
    "DIRT",
    "SOURCES",
    "DemoError",
    "DemoFile",
    "DemoReport",
    "Dirt",
    "Fate",
    "make_demo",
]
