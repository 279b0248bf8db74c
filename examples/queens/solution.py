# Even columns first, then odd ones, with the two exceptions that this needs when n leaves 2 or 3 divided by 6.
n = int(input())
even = list(range(2, n + 1, 2))
odd = list(range(1, n + 1, 2))
if n % 6 == 2:
    odd[0], odd[1] = odd[1], odd[0]
    odd.append(odd.pop(2))
elif n % 6 == 3:
    even.append(even.pop(0))
    odd += [odd.pop(0), odd.pop(0)]
print(*even, *odd)
