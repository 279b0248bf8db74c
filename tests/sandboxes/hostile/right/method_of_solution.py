#: kind = "function"
#: status = "pass"
#: cases = [[[[1, 2, 3]], 6], [[[5, 5]], 10]]
from typing import List


class Solution:
    calls = 0

    def f(self, numbers: List[int]) -> int:
        Solution.calls += 1
        assert Solution.calls == 1, "state of another case is here"
        return sum(numbers)
