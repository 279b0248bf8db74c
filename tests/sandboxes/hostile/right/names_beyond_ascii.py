#: status = "pass"
#: cases = [["3\n1 2 3\n", "Σ = 6 ✓\n"]]
input()
größe = sum(map(int, input().split()))
print(f"Σ = {größe} ✓")
