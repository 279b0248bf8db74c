# Finds the answer of the runner while it is being made, or the code that makes it, and writes over both.
#: status = "wrong_answer"
#: says = "refused refused"
import os


def attempt(pid):
    try:
        with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory, open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                if "rw" in line:
                    memory.seek(start)
                    memory.write(memory.read(end - start).replace(b"exit_code", b"exit_kode"))
        return "written"
    except OSError as error:
        return "refused" if isinstance(error, PermissionError) else str(error)


print(attempt(os.getppid()), attempt(1))
