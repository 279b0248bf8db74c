# Output and input are larger than a pipe holds: who writes first must not wait for who reads first.
#: status = "pass"
#: cases = [["{numbers}", "{numbers}"]]
import sys

for line in sys.stdin:
    sys.stdout.write(line)
    sys.stdout.flush()
