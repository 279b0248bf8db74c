#: status = "runtime_error"
#: cases = [["", "1"]]
#: limits = { wall_s = 10 }
#: says = "No space left on device"
number = 0
while True:
    with open(f"/dev/shm/{number}", "wb") as file:
        file.write(bytes(4 << 20))
    number += 1
