#: status = "compile_error"
#: says = "not a chance"
from __future__ import braces
