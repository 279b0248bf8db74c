import re


def best_seats(row, people):
    stretches = [(len(free[0]), free.start()) for free in re.finditer(r"\.+", row) if len(free[0]) >= people]
    return min(stretches)[1] if stretches else -1
