"""How close to the best known are the points? In the form that OpenEvolve expects."""

import importlib.util
import itertools
import math

# The largest smallest distance of n points in the unit square: proven for all of these.
BEST = {
    2: math.sqrt(2),
    3: math.sqrt(6) - math.sqrt(2),
    4: 1.0,
    5: math.sqrt(2) / 2,
    6: math.sqrt(13) / 6,
}


def load(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    return program


def share_of_best(points, n):
    """Between 0 and 1; 0 when they are not n points of the square."""
    pairs = [(float(x), float(y)) for x, y in points]
    if len(pairs) != n or not all(0 <= x <= 1 and 0 <= y <= 1 for x, y in pairs):
        return 0.0
    smallest = min(math.dist(a, b) for a, b in itertools.combinations(pairs, 2))
    return min(1.0, smallest / BEST[n])


def evaluate(program_path):
    try:
        program = load(program_path)
        shares = {n: share_of_best(program.points(n), n) for n in BEST}
    except Exception as error:
        return {"combined_score": 0.0, "error": f"{type(error).__name__}: {error}"}
    worst = min(shares, key=shares.get)
    return {
        "combined_score": sum(shares.values()) / len(shares),
        "worst": f"n = {worst}, {shares[worst]:.3f} of the best",
    }
