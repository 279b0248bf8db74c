# Prints how often it has run, as far as it can tell: twice would be one too many.
#: each = ["pass", "wrong_answer"]
#: cases = [["", "1"], ["", "2"]]
import os

places = [folder + "/left-<mark>" for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/box", "/dev", "/dev/mqueue")]
places += ["left-<mark>", os.path.expanduser("~/.left-<mark>")]
runs = 1
for place in {os.path.realpath(place) for place in places}:
    try:
        with open(place, "x") as file:
            file.write("1")
    except FileExistsError:
        runs = 2
    except OSError:
        continue
print(runs)
