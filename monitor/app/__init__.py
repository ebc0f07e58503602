"""Assembly: the one place that chooses implementations, reads the clock and names a run. A file for each concern.

What each offers stands in `__init__.pyi`; it is loaded when first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
