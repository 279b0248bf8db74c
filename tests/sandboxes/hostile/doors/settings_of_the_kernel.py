#: status = "wrong_answer"
#: says = "written: none"
import os

written = []
for path in (
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/user/max_user_namespaces",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/release_agent",
    "/proc/1/oom_score_adj",
    "/proc/acpi/wakeup",
):
    try:
        os.close(os.open(path, os.O_WRONLY))
        written.append(path)
    except OSError:
        continue
print("written:", *written or ["none"])
