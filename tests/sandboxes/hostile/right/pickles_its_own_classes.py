#: status = "pass"
import copy
import pickle
import sys
from dataclasses import dataclass

import __main__


@dataclass
class Bag:
    numbers: list


input()
bag = Bag(list(map(int, input().split())))
assert __main__.Bag is Bag
assert sys.modules["__main__"].__dict__ is globals()
print(sum(pickle.loads(pickle.dumps(copy.deepcopy(bag))).numbers))
