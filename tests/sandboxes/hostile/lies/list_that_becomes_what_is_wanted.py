#: kind = "function"
#: status = "wrong_answer"
#: cases = [[[1], [1, 2, 3]]]
#: says = ["Wrong answer"]
class Liar(list):
    def __eq__(self, other):
        return True

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([1, 2, 3])

    def __getitem__(self, place):
        return place + 1


def f(n):
    return Liar()
