#: status = "runtime_error"
#: says = "Victory: all tests passed"
class Victory(BaseException):
    pass


raise Victory("all tests passed")
