#: status = ["wrong_answer", "memory_limit", "runtime_error", "compile_error", "time_limit"]
#: limits = { cpu_s = 1, memory_bytes = 268435456, wall_s = 3 }
#: says = "rror"
a = lambda: ("x" * 10**9, (1,) * 10**8, 10 ** 10 ** 10, 1 << 10 ** 12, b"x" * 4096 * 4096 * 4096, [0] * 10**9)
a()
