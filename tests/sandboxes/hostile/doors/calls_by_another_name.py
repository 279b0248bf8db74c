# The same kernel by the door of 32-bit programs, for which numbers mean other calls: 359 is socket(AF_VSOCK, ...).
#: status = ["runtime_error", "wrong_answer"]
#: says = "rror"
import ctypes
import mmap
import platform

code = bytes.fromhex("53 b867010000 bb28000000 b901000000 31d2 cd80 5b c3".replace(" ", ""))
if platform.machine() != "x86_64":
    raise OSError("no such door")
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
if call() < 0:
    raise OSError("refused")
print("open")
