# A file's pages belong to no process; the room that a scratch folder has is what bounds them.
#: status = ["runtime_error", "memory_limit"]
#: cases = [["", "1"]]
#: limits = { memory_bytes = 268435456, file_bytes = 8388608, wall_s = 10 }
import mmap

maps = []
for number in range(1000):
    with open(str(number), "w+b") as file:
        file.truncate(8 << 20)
        maps.append(mmap.mmap(file.fileno(), 8 << 20))
        maps[-1][:] = b"1" * (8 << 20)
