#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1 }
#: says = "CPU time"
import signal

for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    pass
