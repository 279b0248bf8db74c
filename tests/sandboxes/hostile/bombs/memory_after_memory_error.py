#: status = ["memory_limit", "time_limit"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 1 }
#: says = "limit"
blocks = []
size = 64 << 20
while True:
    try:
        blocks.append(bytearray(b"1") * size)
    except MemoryError:
        size = max(1, size // 2)
