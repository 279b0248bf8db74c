# bpf, perf_event_open, userfaultfd, kexec_load, init_module, syslog, reboot, swapon, acct, open_by_handle_at
#: status = "wrong_answer"
#: says = "open: none"
import ctypes
import platform

numbers = {
    "x86_64": (321, 298, 323, 246, 175, 103, 169, 167, 163, 304),
    "aarch64": (280, 241, 282, 104, 105, 116, 142, 224, 89, 265),
}[platform.machine()]
libc = ctypes.CDLL(None)
attributes = ctypes.create_string_buffer(256)
opened = [number for number in numbers if libc.syscall(number, attributes, 0, -1, -1, 0) >= 0]
print("open:", *opened or ["none"])
