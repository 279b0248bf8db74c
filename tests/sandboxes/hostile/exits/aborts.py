#: status = "runtime_error"
#: says = "killed by Aborted"
import os

os.abort()
