#: kind = "function"
#: status = "pass"
#: cases = [[[[1, 2, 3]], 6]]
exec("def g(numbers):\n    return sum(numbers)")
globals()["f"] = lambda *a: g(*a)  # noqa: F821
del sum.__self__.__dict__["copyright"]
