"""Programs that do not end as they should in one sandbox, and why. A reduced sandbox is reduced for these reasons."""

from __future__ import annotations

import os

_NO_PROC = "Landlock keeps programs from /proc, so that they cannot see other processes"
_NO_SHM = "there is no /dev/shm of its own, which the locks of multiprocessing need"

# sandbox -> program -> why
KNOWN_FAILURES = {
    "landlock": {
        "bombs/disk_in_shared_memory": _NO_SHM,
        "leftovers/shared_memory_files": _NO_SHM,
        "right/futures_in_processes": _NO_SHM,
        "right/multiprocessing_pool": _NO_SHM,
        "right/unix_sockets_inside": "only pairs of sockets: named ones would reach the host's",
        "smuggling/abstract_socket_of_a_daemon": "only pairs of sockets: named ones would reach the host's",
        "secrets/own_memory": _NO_PROC,
    },
    "docker+runsc": {
        "bombs/file_without_a_name": "gVisor makes no files without a name",
        "bombs/inodes": "gVisor counts no inodes: the clock ends it",
        "doors/descriptors_of_others": "gVisor makes no descriptors of processes",
        "doors/devices": "fuse and net/tun are gVisor's own, and need rights that nothing inside has",
        "doors/priorities": "gVisor lets every process raise its priority, and pays no heed to it",
        "forgery/frames_through_proc": "gVisor lets it write to what process 1 reads: its own case ends by the clock",
    },
}
_COUNTED = "the kernel counts the user's other processes too: ours are looked at, and too many end the program"
if os.geteuid() != 0:  # a guest of Landlock shares its user then
    KNOWN_FAILURES["landlock"] |= {
        "bombs/fork": _COUNTED,
        "bombs/threads": _COUNTED,
        "leftovers/files_that_resist": "chmod is refused, for it would reach files of the host",
    }
