#: status = "pass"
import os
import tempfile

input()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("numbers", "w") as file:
        file.write(input())
    with open("numbers") as file:
        print(sum(map(int, file.read().split())))
