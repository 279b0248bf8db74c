#: status = "memory_limit"
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, wall_s = 10 }
#: says = "more than 256 MiB"
import zlib

small = zlib.compress(zlib.compress(bytes(512 << 20), 9)) if False else None
machine = zlib.compressobj(9)
packed = b"".join([machine.compress(bytes(1 << 20)) for _ in range(400)] + [machine.flush()])
print(len(zlib.decompress(packed)))
