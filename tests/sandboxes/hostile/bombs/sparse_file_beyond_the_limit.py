#: status = "runtime_error"
#: cases = [["", "1"]]
#: says = "File too large"
with open("sparse", "wb") as file:
    file.truncate(1 << 50)
