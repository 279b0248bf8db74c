# All of them alive at once, under a memory limit that holds their stacks and nothing more for each.
#: status = "pass"
#: limits = { processes = 64 }
import threading

input()
numbers = list(map(int, input().split()))
ready, totals = threading.Barrier(51), []


def add(number):
    ready.wait()
    totals.append(number)


threads = [threading.Thread(target=add, args=(number,)) for number in numbers + [0] * (50 - len(numbers))]
for thread in threads:
    thread.start()
ready.wait()
for thread in threads:
    thread.join()
print(sum(totals))
