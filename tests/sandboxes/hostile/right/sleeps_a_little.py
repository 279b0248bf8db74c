#: status = "pass"
#: limits = { cpu_s = 0.2 }
import time

input()
time.sleep(0.6)
print(sum(map(int, input().split())))
