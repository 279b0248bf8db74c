#: status = "pass"
import multiprocessing


def double(n):
    return 2 * n


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    input()
    with multiprocessing.Pool(3) as pool:
        print(sum(pool.map(double, map(int, input().split()))) // 2)
