from math import sqrt

CORNERS = [(0, 0), (0, 1), (1, 0), (1, 1)]


def points(n):
    a = 2 - sqrt(3)
    return {
        2: [(0, 0), (1, 1)],
        3: [(0, 0), (1, a), (a, 1)],
        4: CORNERS,
        5: [*CORNERS, (0.5, 0.5)],
        6: [(0, 0), (0, 2 / 3), (0.5, 1 / 3), (0.5, 1), (1, 0), (1, 2 / 3)],
    }[n]
