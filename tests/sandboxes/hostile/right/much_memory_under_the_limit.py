#: status = "pass"
#: limits = { memory_bytes = 536870912 }
input()
block = bytearray(b"1") * (200 << 20)
print(sum(map(int, input().split())) + block[-1] - 49)
