#: status = "pass"
from concurrent.futures import ProcessPoolExecutor


def half(numbers):
    return sum(numbers)


def main():
    input()
    numbers = list(map(int, input().split()))
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(half, [numbers[:1], numbers[1:]])))


if __name__ == "__main__":
    main()
