#: status = "pass"
import atexit

if __name__ == "__main__":
    atexit.register(lambda: print(total))

input()
total = sum(map(int, input().split()))
