#: status = "pass"
import sys
import threading


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def main():
    assert depth(50_000) == 50_000
    input()
    print(sum(map(int, input().split())))


sys.setrecursionlimit(1 << 20)
threading.stack_size(256 << 20)
thread = threading.Thread(target=main)
thread.start()
thread.join()
