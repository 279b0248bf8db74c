#: status = "runtime_error"
#: cases = [["", "1"]]
#: limits = { file_bytes = 8388608, wall_s = 10 }
#: says = "No space left on device"
number = 0
while True:
    with open(str(number), "wb") as file:
        file.write(bytes(4 << 20))
    number += 1
