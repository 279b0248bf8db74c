#: status = "time_limit"
#: cases = [["", "1"]]
#: limits = { cpu_s = 1 }
#: says = "CPU time"
import resource

for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NPROC):
    for limits in ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), (1 << 30, 1 << 30)):
        try:
            resource.setrlimit(kind, limits)
        except (OSError, ValueError):
            pass
while True:
    pass
