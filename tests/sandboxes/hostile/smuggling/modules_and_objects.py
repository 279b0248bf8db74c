# A warm interpreter must not remember what an earlier case did to it.
#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import builtins
import collections
import gc
import os
import sys

marks = [vars(builtins).get("ttsd_mark"), vars(collections).get("ttsd_mark"), sys.modules.get("ttsd_mark")]
marks += [os.environ.get("TTSD_MARK"), getattr(sys, "ttsd_mark", None)]
marks += [thing for thing in gc.get_objects() if isinstance(thing, dict) and "ttsd_mark_in_a_dict" in thing]
print(1 if not any(marks) else 2)
builtins.ttsd_mark = collections.ttsd_mark = sys.ttsd_mark = 1
sys.modules["ttsd_mark"] = sys
os.environ["TTSD_MARK"] = "1"
keep = {"ttsd_mark_" + "in_a_dict": 1}
collections.kept = keep
