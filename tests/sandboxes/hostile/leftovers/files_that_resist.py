#: each = ["pass", "pass"]
#: cases = [["", "[]"], ["", "[]"]]
import os

print(sorted({*os.listdir("/tmp"), *os.listdir("/dev/shm")} - {"program.py", "preamble.py"}))
os.mkdir("/tmp/closed")
open("/tmp/closed/file", "w").close()
os.symlink("/", "/tmp/root")
os.mkfifo("/tmp/pipe")
open(b"/tmp/\xff\n\x1b[31m", "w").close()
os.link("/tmp/closed/file", "/dev/shm/link") if os.stat("/tmp").st_dev == os.stat("/dev/shm").st_dev else None
open("/dev/shm/file", "w").close()
os.chmod("/tmp/closed/file", 0)
os.chmod("/tmp/closed", 0)
os.chmod("/tmp", 0)
