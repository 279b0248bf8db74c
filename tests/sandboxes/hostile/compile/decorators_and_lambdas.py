#: status = ["compile_error", "wrong_answer", "runtime_error"]
#: limits = { cpu_s = 2, wall_s = 6 }
#: says = "rror"
x = <lambdas>1
