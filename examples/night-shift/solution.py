def minutes(clock):
    hours, rest = clock.split(":")
    return 60 * int(hours) + int(rest)


total = 0
for _ in range(int(input())):
    start, end = map(minutes, input().split())
    total += (end - start) % 1440 or 1440
print(f"{total // 60}:{total % 60:02}")
