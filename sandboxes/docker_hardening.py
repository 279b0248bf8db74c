"""With what a container is created: everything that stands between a program in it and the machine.

Not promised: that an attempt in a warm container cannot tell how busy the ones before it were. The numbers of processes
and files go on counting there, and anybody may read the times of process 1; with `fresh` no attempt was before it.
"""

from __future__ import annotations

from typing import Any

from sandboxes import seccomp
from sandboxes.docker_container import Shape
from sandboxes.guest.child import STACK_BYTES
from sandboxes.guest.runner import OWN_MEMORY_BYTES
from sandboxes.nursery import MOST_FILES, SHARED_MEMORY_BYTES

# On top of what a program may start: process 1, the guest and what is just ending. gVisor has threads of its own and,
# for a while, a process for each fork that it has refused, and dies without one more. The tight limit is that of the
# guest runner.
OWN_PROCESSES, GVISOR, GVISORS_PROCESSES = 4, "runsc", 4_000
GROUP = 65534
_OF_THE_MACHINE = (
    *("acpi", "asound", "buddyinfo", "bus", "cgroups", "config.gz", "consoles", "crypto", "devices", "diskstats"),
    *("dma", "driver", "execdomains", "fs", "interrupts", "iomem", "ioports", "irq", "kallsyms", "kcore"),
    *("key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "locks", "mdstat"),
    *("misc", "modules", "mtrr", "pagetypeinfo", "partitions", "pressure", "sched_debug", "schedstat", "scsi"),
    *("slabinfo", "softirqs", "swaps", "sysrq-trigger", "sysvipc", "timer_list", "timer_stats", "tty"),
    *("vmallocinfo", "vmstat", "zoneinfo"),
)
# In place of Docker's own list. In /sys are the counters of the container's control groups, where an attempt could
# leave a number for the next one.
MASKED = ("/sys", *(f"/proc/{name}" for name in _OF_THE_MACHINE))


def hardening(shape: Shape, user: int, runtime: str) -> dict[str, Any]:
    """The arguments of the SDK's `create_host_config`."""
    memory = shape.memory_bytes + OWN_MEMORY_BYTES + shape.scratch_bytes + SHARED_MEMORY_BYTES
    folder = f"nr_inodes={MOST_FILES},uid={user},gid={GROUP},mode=0755,exec"
    return {
        "auto_remove": True,
        "runtime": runtime or None,
        "network_mode": "none",
        "ipc_mode": "none",
        "read_only": True,
        "tmpfs": {
            "/tmp": f"size={shape.scratch_bytes},{folder}",
            "/dev/shm": f"size={SHARED_MEMORY_BYTES},{folder}",
            "/dev/mqueue": "ro",  # Docker's own can be written to, and keeps what is there
        },
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges", f"seccomp={seccomp.docker_profile(runtime == GVISOR)}"],
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": shape.processes + (GVISORS_PROCESSES if runtime == GVISOR else OWN_PROCESSES),
        # gVisor maps as much at the start of a process, of which every guest is a fork, and lets no stack grow.
        "ulimits": [{"name": "stack", "soft": STACK_BYTES, "hard": -1}] if runtime == GVISOR else [],
        "log_config": {"Type": "none", "Config": {}},
    }
