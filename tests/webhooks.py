"""The receiver's side, as the documentation shows it."""

import re

from local import ROOT

_PAGE = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
_names: dict = {}
exec(re.search(r"```python\n(.*?)```", _PAGE, re.DOTALL)[1], _names)
verified = _names["verified"]
