#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
print(1)
for path in (__file__, "/tmp/program.py", "/box/sandboxes/guest/runner.py", "/box/program.py"):
    try:
        with open(path, "w") as file:
            file.write("print(2)\n")
    except OSError:
        continue
