#: status = ["runtime_error", "time_limit", "wrong_answer"]
#: limits = { cpu_s = 1 }
#: says = "digits"
print(1 << 3_000_000)
