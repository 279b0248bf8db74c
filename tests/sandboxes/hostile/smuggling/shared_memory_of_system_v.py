#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
key, create, exclusive = 0x7D57, 0o1000, 0o2000
calls = [
    lambda flags: libc.shmget(key, 4096, flags | 0o600),
    lambda flags: libc.semget(key, 1, flags | 0o600),
    lambda flags: libc.msgget(key, flags | 0o600),
]
print(2 if any(call(0) >= 0 for call in calls) else 1)
for call in calls:
    call(create | exclusive)
