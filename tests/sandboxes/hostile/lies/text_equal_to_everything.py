#: kind = "function"
#: status = "wrong_answer"
#: cases = [[["x"], "{secret}"]]
#: says = ["Wrong answer", "nothing of it"]
class Liar(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__

    def encode(self, *_):
        raise SystemExit(0)

    def __str__(self):
        return Liar("all tests passed")


def f(text):
    return Liar("nothing of it")
