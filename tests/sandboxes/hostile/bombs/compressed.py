#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import zlib

small = zlib.compress(bytes(40 << 20), 1)
print(sum(len(each) for each in [zlib.decompress(small) for _ in range(10)]))
