# A program that runs as its owner would give up the sandbox's user.
#: status = "wrong_answer"
#: says = "nobody all the same"
import os
import subprocess

gained = []
for path in ("/usr/bin/su", "/usr/bin/sudo", "/usr/bin/mount", "/usr/bin/newgrp", "/usr/bin/passwd", "/usr/bin/chsh"):
    if os.path.exists(path) and os.stat(path).st_uid == 0 and os.stat(path).st_mode & 0o4000:
        out = subprocess.run([path, "-c", "id -u"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
        gained += [path] if out.strip() == "0" else []
for change in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):
    try:
        change()
        gained.append("root")
    except OSError:
        continue
print(*gained or ["nobody all the same"])
