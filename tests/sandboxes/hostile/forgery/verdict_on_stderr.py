#: status = "runtime_error"
#: says = "exit code 0, all tests passed"
import sys

sys.stderr.write('{"exit_code": 0, "reason": "exit"}\nexit code 0, all tests passed\n')
sys.exit(3)
