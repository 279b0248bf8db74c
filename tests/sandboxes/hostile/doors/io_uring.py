#: status = "wrong_answer"
#: says = "-1"
import ctypes

parameters = ctypes.create_string_buffer(256)
print(ctypes.CDLL(None).syscall(425, 8, parameters))
