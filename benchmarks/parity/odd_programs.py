"""Programs whose verdict in LiveCodeBench's grader is a matter of its oddities, with that verdict.

Each is right, or as good as right, in a process of its own; `passes` says whether it passes there. The parity script
asks the grader again.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.suites.lcb_rows import RowTest

# The sum of the numbers in the second line.
SUMS = (RowTest("3\n1 2 3\n", "6\n"), RowTest("2\n5 5\n", "10\n"))
CALLS = (RowTest("[1, 2, 3]", "6"), RowTest("[5, 5]", "10"))


class Odd(NamedTuple):
    name: str
    passes: bool
    source: str
    tests: tuple[RowTest, ...] = SUMS
    function: str = ""


def _prints(text: str, expected: str) -> tuple[RowTest, ...]:
    return (RowTest(f"{text}\n", expected),)


_ECHO = "print(input())"
_LOOKS = "print(sum(map(int, input().split())))"
_STARTS = "threading.Thread(target=main).start()"
_SUMS = f"input()\n{_LOOKS}"

STDIN = (
    Odd("plain", True, _SUMS),
    Odd("guard-at-the-end", True, f"if __name__ == '__main__':\n    input()\n    {_LOOKS}"),
    Odd("guard-in-double-quotes", True, f'if __name__ == "__main__":\n    input()\n    {_LOOKS}'),
    Odd("guard-with-else", True, f"if __name__ == '__main__':\n    input()\n    {_LOOKS}\nelse:\n    1/0"),
    Odd("guard-not-last", False, f"if __name__ == '__main__':\n    input()\n    {_LOOKS}\npass"),
    Odd("guard-the-other-way-round", False, f"if '__main__' == __name__:\n    input()\n    {_LOOKS}"),
    Odd("guard-in-brackets", True, f"if (__name__ == '__main__'):\n    input()\n    {_LOOKS}"),
    Odd("open-0", False, "print(sum(map(int, open(0).read().split()[1:])))"),
    Odd("builtins-open-0", True, "import builtins\nprint(sum(map(int, builtins.open(0).read().split()[1:])))"),
    Odd("iterates-stdin", False, "import sys\nprint(sum(map(int, [*sys.stdin][1].split())))"),
    Odd("reads-twice", True, "import sys\nsys.stdin.read()\nprint(sum(map(int, sys.stdin.read().split()[1:])))"),
    Odd("read-after-readline", False, "import sys\ninput()\nprint(sum(map(int, sys.stdin.read().split())))"),
    Odd("readlines", True, "import sys\nprint(sum(map(int, sys.stdin.readlines()[1].split())))"),
    Odd("readline-twice", True, "import sys\nsys.stdin.readline()\nprint(sum(map(int, sys.stdin.readline().split())))"),
    Odd("buffer-read", True, "import sys\nprint(sum(map(int, sys.stdin.buffer.read().split()[1:])))"),
    Odd(
        "buffer-readline-twice",
        False,
        "import sys\nread = sys.stdin.buffer.readline\nread()\nprint(sum(map(int, read().split())))",
    ),
    Odd("buffer-readlines", False, "import sys\nprint(sum(map(int, sys.stdin.buffer.readlines()[1].split())))"),
    Odd(
        "stdin-by-name", True, "from sys import stdin\nstdin.readline()\nprint(sum(map(int, stdin.readline().split())))"
    ),
    Odd("stdin-never-imported", True, "stdin.readline()\nprint(sum(map(int, stdin.readline().split())))"),
    Odd("stdin-by-name-iterated", False, "from sys import stdin\nprint(sum(map(int, [*stdin][1].split())))"),
    Odd("stdin-by-name-buffer", False, "from sys import stdin\nprint(sum(map(int, stdin.buffer.read().split()[1:])))"),
    Odd(
        "stdin-imported-inside",
        False,
        "def f():\n    from sys import stdin\n    print(sum(map(int, [*stdin][1])))\nf()",
    ),
    Odd(
        "input-redefined",
        True,
        "import sys\ninput = lambda: sys.stdin.readline().rstrip()\ninput()\nprint(sum(map(int, input().split())))",
    ),
    Odd("input-of-an-empty-line", True, "print(repr(input()))", _prints("", "''")),
    Odd(
        "input-past-the-end",
        True,
        "try:\n    while True: input()\nexcept EOFError:\n    print('end')",
        _prints("", "end"),
    ),
    Odd(
        "readline-past-the-end",
        True,
        "import sys\nsys.stdin.readline()\nprint(repr(sys.stdin.readline()))",
        _prints("a", "''"),
    ),
    Odd(
        "stdin-by-name-past-the-end",
        False,
        "from sys import stdin\nfor _ in range(3): stdin.readline()\nprint('end')",
        _prints("a", "end"),
    ),
    Odd(
        "stdin-by-name-keeps-no-line-end",
        True,
        "from sys import stdin\nprint(repr(stdin.readline()))",
        _prints("a", "'a'"),
    ),
    Odd("prompt", False, f"input('n?')\n{_LOOKS}"),
    Odd("os-write", False, "import os\ninput()\nos.write(1, b'%d' % sum(map(int, input().split())))"),
    Odd("os-read", False, "import os\nprint(sum(map(int, os.read(0, 99).split()[1:])))"),
    Odd("stdout-buffer", False, "import sys\ninput()\nsys.stdout.buffer.write(b'%d' % sum(map(int, input().split())))"),
    Odd("stdout-by-name", False, "from sys import stdout\ninput()\nstdout.write(str(sum(map(int, input().split()))))"),
    Odd(
        "stdout-write",
        True,
        "import sys\ninput()\nsys.stdout.write(str(sum(map(int, input().split()))))\nsys.stdout.flush()",
    ),
    Odd("stdout-closed", False, f"import sys\n{_SUMS}\nsys.stdout.close()"),
    Odd("stdout-replaced", False, f"import sys, io\nsys.stdout = io.StringIO()\n{_SUMS}"),
    Odd("print-by-default-argument", True, "def out(x, p=print): p(x)\ninput()\nout(sum(map(int, input().split())))"),
    Odd("global-counter", False, f"calls = 0\ndef f():\n    global calls\n    calls += 1\nf()\n{_SUMS}"),
    Odd("global-made-in-a-function", True, f"def f():\n    global table\n    table = 1\nf()\n{_SUMS}"),
    Odd(
        "nested-function-sees-names",
        True,
        "n = 1\ndef f(): return n\ninput()\nprint(sum(map(int, input().split())) + f() - n)",
    ),
    Odd(
        "class-sees-names",
        True,
        "n = 1\nclass A:\n    m = n\ninput()\nprint(sum(map(int, input().split())) + A.m - 1)",
    ),
    Odd("globals-lookup", False, f"n = 1\nglobals()['n']\n{_SUMS}"),
    Odd("own-name-in-eval", False, "n = 5\nprint([eval('n') for _ in [0]][0])", _prints("", "5")),
    Odd("comprehension-in-class", True, f"n = 2\nclass A:\n    m = [n for _ in range(2)]\n{_SUMS}"),
    Odd("imported-name-rebound", False, f"import os\nos.sep\nos = 1\n{_SUMS}"),
    Odd("import-in-try", True, f"try:\n    import math\nexcept ImportError:\n    pass\n{_SUMS}"),
    Odd("star-import-in-try", False, f"try:\n    from math import *\nexcept ImportError:\n    pass\n{_SUMS}"),
    Odd("star-import", True, f"from math import *\n{_SUMS}"),
    Odd("future-import", False, f"from __future__ import annotations\n{_SUMS}"),
    Odd("import-of-what-is-missing", False, f"import no_such_module\n{_SUMS}"),
    Odd("no-import-needed", True, "input()\nprint(reduce(add, map(int, input().split())))"),
    Odd("bisect-is-a-module", False, f"bisect([1], 1)\n{_SUMS}"),
    Odd("copy-is-a-module", False, f"copy([1])\n{_SUMS}"),
    Odd("gcd-of-math", True, f"assert gcd(4, 6) == 2 and heappush and Counter\n{_SUMS}"),
    Odd("pow-of-builtins", True, f"assert pow(2, 5, 7) == 4\n{_SUMS}"),
    Odd("resource", False, f"import resource\n{_SUMS}"),
    Odd("getcwd", False, f"import os\nos.getcwd()\n{_SUMS}"),
    Odd("environ", True, f"import os\nos.environ.get('HOME')\n{_SUMS}"),
    Odd("environ-set", False, f"import os\nos.environ['A'] = 'b'\n{_SUMS}"),
    Odd("popen", False, f"import subprocess\nsubprocess.run(['true'])\n{_SUMS}"),
    Odd("fork", False, f"import os\nif os.fork() == 0: os._exit(0)\n{_SUMS}"),
    Odd("exit", True, f"{_SUMS}\nexit()"),
    Odd("exit-1", True, f"{_SUMS}\nexit(1)"),
    Odd("sys-exit", True, f"import sys\n{_SUMS}\nsys.exit(0)"),
    Odd("sys-exit-in-a-function", True, f"import sys\ndef main():\n    input()\n    {_LOOKS}\n    sys.exit()\nmain()"),
    Odd("raise-system-exit", True, f"{_SUMS}\nraise SystemExit"),
    Odd("quit", False, f"{_SUMS}\nquit()"),
    Odd("hard-exit", False, f"import os\n{_SUMS}\nos._exit(0)"),
    Odd("keyboard-interrupt", False, f"{_SUMS}\nraise KeyboardInterrupt"),
    Odd("exception-after-the-answer", False, f"{_SUMS}\n1/0"),
    Odd("return-at-the-top", True, f"{_SUMS}\nreturn"),
    Odd("yield-at-the-top", False, f"{_SUMS}\nyield"),
    Odd("await-free-async", True, "import asyncio\nasync def f():\n    input()\n    " + _LOOKS + "\nasyncio.run(f())"),
    Odd(
        "thread-not-joined",
        True,
        f"import threading\ndef main():\n    input()\n    {_LOOKS}\n{_STARTS}",
    ),
    Odd(
        "slow-thread-not-joined",
        False,
        f"import threading, time\ndef main():\n    time.sleep(0.3)\n    input()\n    {_LOOKS}\n{_STARTS}",
    ),
    Odd(
        "thread-joined",
        True,
        f"import threading\ndef main():\n    input()\n    {_LOOKS}\nt = {_STARTS[:-8]}\nt.start()\nt.join()",
    ),
    Odd("class-solution", False, f"class Solution:\n    pass\n{_SUMS}"),
    Odd("class-solution-in-a-comment", True, f"# class Solution\n{_SUMS}"),
    Odd("class-solution-in-a-text", False, f"'''class Solution'''\n{_SUMS}"),
    Odd("empty", False, ""),
    Odd("only-a-comment", False, "# nothing"),
    Odd("only-an-import", False, "import sys"),
    Odd("syntax-error", False, f"{_SUMS}\n)"),
    Odd("null-byte", False, f"{_SUMS}\n\x00"),
    Odd("byte-order-mark", False, f"\ufeff{_SUMS}"),
    Odd(
        "nested-quotes-in-an-f-string", True, "input()\nx = {'a': sum(map(int, input().split()))}\nprint(f\"{x['a']}\")"
    ),
    Odd("backslash-in-an-f-string", True, 'input()\nprint(f"{sum(map(int, input().split()))}\\n")'),
    Odd("docstring", True, f"'''reads\n\nlines'''\n{_SUMS}"),
    Odd("long-text", True, f"t = '''a\n  b\n'''\nassert t == 'a\\n  b\\n'\n{_SUMS}"),
    Odd("walrus", True, "input()\nif (s := sum(map(int, input().split()))) >= 0: print(s)"),
    Odd("match", True, f"input()\nmatch 1:\n    case 1: {_LOOKS}"),
    Odd("decorated", True, "@lru_cache(None)\ndef f(n): return n\ninput()\nprint(f(sum(map(int, input().split()))))"),
    Odd("annotated", True, f"n: int = 0\n{_SUMS}"),
    Odd("dataclass", True, f"from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n{_SUMS}"),
    Odd(
        "dataclass-with-text-annotations",
        False,
        f"from dataclasses import dataclass\n@dataclass\nclass P:\n    x: 'int'\n{_SUMS}",
    ),
    Odd("pickled-class", False, f"import pickle\nclass P: pass\npickle.dumps(P())\n{_SUMS}"),
    Odd("recursion-10000", True, f"def f(n): return n and f(n - 1)\nf(10000)\n{_SUMS}"),
    Odd("recursion-60000", False, f"def f(n): return n and f(n - 1)\nf(60000)\n{_SUMS}"),
    Odd(
        "recursion-of-a-cached-function", False, f"@lru_cache(None)\ndef f(n): return n and f(n - 1)\nf(45000)\n{_SUMS}"
    ),
    Odd("many-digits", True, f"assert len(str(10 ** 40000)) == 40001\n{_SUMS}"),
    Odd(
        "state-from-a-default-argument",
        True,
        f"def f(x, seen=[]):\n    seen.append(x)\n    return seen\nassert len(f(1)) == 1\n{_SUMS}",
    ),
    Odd(
        "state-in-a-module",
        False,
        f"import math\nmath.calls = getattr(math, 'calls', 0) + 1\nassert math.calls == 1\n{_SUMS}",
    ),
    Odd("name-of-the-module", True, "print(__name__)", _prints("", "tmp_sol")),
    Odd("stderr", True, f"import sys\nprint('x' * 100000, file=sys.stderr)\n{_SUMS}"),
    Odd("fileinput", True, "import fileinput\nprint(sum(map(int, [*fileinput.input()][1].split())))"),
    Odd("numpy", True, "import numpy as np\ninput()\nprint(np.array(input().split(), dtype=int).sum())"),
    Odd(
        "numpy-inside",
        True,
        "def f():\n    import numpy as np\n    return np.array(input().split(), dtype=int).sum()\ninput()\nprint(f())",
    ),
    Odd("stdin-set-anew", True, f"import sys, io\nsys.stdin = io.StringIO(sys.stdin.read())\n{_SUMS}"),
    Odd("open-dev-stdin", False, "print(sum(map(int, open('/dev/stdin').read().split()[1:])))"),
    Odd("alarm-of-its-own", True, f"import signal\nsignal.alarm(0)\n{_SUMS}"),
    Odd("sleeps-too-long", False, f"import time\ntime.sleep(7)\n{_SUMS}"),
    Odd(
        "excepts-everything-while-slow",
        False,
        f"import time\ntry:\n    time.sleep(7)\nexcept Exception:\n    pass\n{_SUMS}",
    ),
)

OUTPUTS = tuple(
    Odd(f"prints {given!r} for {wanted!r}", passes, _ECHO, _prints(given, wanted))
    for given, wanted, passes in (
        ("006", "6", True),
        ("6.0", "6", True),
        ("6e0", "6", True),
        ("６", "6", True),
        ("+6", "6", True),
        ("1_000", "1000", True),
        ("-0", "0", True),
        ("0.3333333333333333", "0.3333333333", False),
        ("1   2", "1 2", True),
        ("1 2 ", "1 2", True),
        ("1 2", "1 2 ", True),
        ("a   b", "a b", False),
        ("a", "A", False),
        ("a 1.0", "a 1", False),
        ("nan", "nan", True),
        ("nan nan", "nan  nan", False),
        ("snan 1", "snan  1", False),
        ("inf", "Infinity", True),
        ("1e999999999999999999999", "1", False),
        ("1", "1\n2", False),
        ("1", "1\n\n", True),
        ("1", "1\r\n", True),
        ("1\r", "1", True),
        ("\u00a01", "1", True),
        ("1\u2028", "1", True),
        ("", "", True),
        ("1 2", "1", False),
    )
)

_ONE = (RowTest("[1, 2]", "[1, 2]"),)
_F = "class Solution:\n    def f(self, a):\n        "

FUNCTION = tuple(
    Odd(name, passes, source, tests, "f")
    for name, passes, source, tests in (
        ("method", True, f"{_F}return sum(a)", CALLS),
        ("function", True, "def f(a): return sum(a)", CALLS),
        ("lambda", True, "f = lambda a: sum(a)", CALLS),
        ("function-beside-a-class-solution", False, "class Solution: pass\ndef f(a): return sum(a)", CALLS),
        ("class-solution-in-a-comment", False, "# class Solution\ndef f(a): return sum(a)", CALLS),
        ("static-method", True, "class Solution:\n    @staticmethod\n    def f(a): return sum(a)", CALLS),
        ("method-of-a-base", True, "class B:\n    def f(self, a): return sum(a)\nclass Solution(B): pass", CALLS),
        ("needs-arguments-to-be-made", False, f"{_F}return sum(a)\n    def __init__(self, x): pass", CALLS),
        ("other-name", False, "def g(a): return sum(a)", CALLS),
        (
            "typing-needs-no-import",
            True,
            "class Solution:\n    def f(self, a: List[int]) -> Optional[int]: return sum(a)",
            CALLS,
        ),
        ("future-import", False, f"from __future__ import annotations\n{_F}return sum(a)", CALLS),
        ("main-guard", True, f"{_F}return sum(a)\nif __name__ == '__main__':\n    1/0", CALLS),
        ("prints", True, f"{_F}print('x' * 100000)\n        return sum(a)", CALLS),
        ("reads-standard-input", True, f"import sys\n{_F}return sum(a) + len(sys.stdin.read())", CALLS),
        (
            "state-of-the-instance",
            False,
            f"{_F}self.n = getattr(self, 'n', 0) + 1\n        return sum(a) + self.n - 1",
            CALLS,
        ),
        ("state-of-a-global", False, f"n = 0\n{_F}global n\n        n += 1\n        return sum(a) + n - 1", CALLS),
        ("float-for-an-integer", True, f"{_F}return float(sum(a))", CALLS),
        ("text-for-an-integer", False, f"{_F}return str(sum(a))", CALLS),
        ("fraction", True, f"from fractions import Fraction\n{_F}return Fraction(sum(a))", CALLS),
        ("decimal", True, f"from decimal import Decimal\n{_F}return Decimal(sum(a))", CALLS),
        ("numpy-integer", True, f"import numpy as np\n{_F}return np.array(a).sum()", CALLS),
        ("numpy-integers-in-a-list", True, f"import numpy as np\n{_F}return list(np.array(a))", _ONE),
        ("numpy-array", False, f"import numpy as np\n{_F}return np.array(a)", _ONE),
        ("numpy-bool", True, f"import numpy as np\n{_F}return np.array(a).any()", (RowTest("[1, 2]", "true"),)),
        ("true-for-1", True, f"{_F}return True", (RowTest("[1]", "1"),)),
        ("1-for-true", True, f"{_F}return 1", (RowTest("[1]", "true"),)),
        ("none-for-false", False, f"{_F}return None", (RowTest("[1]", "false"),)),
        ("none", True, f"{_F}return None", (RowTest("[1]", "null"),)),
        ("tuple", True, f"{_F}return tuple(a)", _ONE),
        ("tuples-in-a-list", False, f"{_F}return [tuple(a)]", (RowTest("[1, 2]", "[[1, 2]]"),)),
        ("list-subclass", True, f"class L(list): pass\n{_F}return L(a)", _ONE),
        ("named-tuple", True, f"P = namedtuple('P', 'x y')\n{_F}return P(*a)", _ONE),
        ("deque", False, f"{_F}return deque(a)", _ONE),
        ("set", False, f"{_F}return set(a)", _ONE),
        ("range", False, f"{_F}return range(1, 3)", _ONE),
        ("generator", False, f"{_F}yield from a", _ONE),
        ("defaultdict", True, f"{_F}return defaultdict(int, a=1)", (RowTest("[1]", '{"a": 1}'),)),
        ("dict-with-integer-keys", False, f"{_F}return {{1: 1}}", (RowTest("[1]", '{"1": 1}'),)),
        ("sum-of-floats", False, f"{_F}return 0.1 + 0.2", (RowTest("[1]", "0.3"),)),
        ("two-arguments", True, "def f(a, b): return a + b", (RowTest('"x"\n"y"', '"xy"'),)),
        ("too-few-parameters", False, "def f(a): return a", (RowTest('"x"\n"y"', '"x"'),)),
        (
            "changes-its-argument",
            True,
            f"{_F}a.sort()\n        return a[-1]",
            (RowTest("[3, 1]", "3"), RowTest("[1]", "1")),
        ),
        ("exits", False, f"import sys\n{_F}sys.exit(0)", CALLS),
        ("hard-exit", False, f"import os\n{_F}os._exit(0)", CALLS),
        ("raises", False, f"{_F}raise ValueError", CALLS),
        ("exits-when-loaded", False, f"import sys\n{_F}return sum(a)\nsys.exit(0)", CALLS),
        ("raises-when-loaded", False, f"{_F}return sum(a)\n1/0", CALLS),
        ("slow", False, f"import time\n{_F}time.sleep(7)\n        return sum(a)", CALLS),
        ("bisect-left-of-the-module", True, f"{_F}bisect.bisect_left(a, 1)\n        return sum(a)", CALLS),
        (
            "recursion-of-a-cached-function",
            False,
            f"@cache\ndef g(n): return n and g(n - 1)\n{_F}g(45000)\n        return sum(a)",
            CALLS,
        ),
        (
            "recursion-of-a-cached-function-10000",
            True,
            f"@cache\ndef g(n): return n and g(n - 1)\n{_F}g(10000)\n        return sum(a)",
            CALLS,
        ),
        ("empty", False, "", CALLS),
        ("syntax-error", False, f"{_F}return sum(a", CALLS),
        ("tabs-and-spaces", False, f"{_F}x = 1\n\treturn sum(a)", CALLS),
        ("inner-helper", True, f"def g(a): return sum(a)\n{_F}return g(a)", CALLS),
        ("property-method", True, "class Solution:\n    def __init__(self): self.f = lambda a: sum(a)", CALLS),
    )
)

ODD = (*STDIN, *OUTPUTS, *FUNCTION)
