#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
blocks = []
while True:
    blocks.append(bytearray(b"1") * (8 << 20))
