# The modules of the runner are in the program's own process: changing them there changes nothing elsewhere.
#: kind = "function"
#: status = "runtime_error"
#: cases = [[["x"], "{secret}"], [["y"], "{secret}"]]
#: says = "unexpected keyword argument"
import sys

for name, module in list(sys.modules.items()):
    if name.startswith("sandboxes"):
        for attribute in ("encode", "decode", "frame", "unframe"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *a, **k: {"value": "all tests passed"})


def f(text):
    return "no idea"
