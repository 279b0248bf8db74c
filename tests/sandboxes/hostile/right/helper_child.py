#: status = "pass"
import subprocess

input()
terms = input().replace(" ", "+")
print(subprocess.run(["/bin/sh", "-c", f"echo $(({terms}))"], capture_output=True, text=True, check=True).stdout)
