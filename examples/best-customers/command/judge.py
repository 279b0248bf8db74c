"""Runs a query on several databases: judge.py QUERY_FILE. Prints one JSON verdict.

The query runs in this process, which SQLite allows: a query can neither print nor touch a file here.
"""

import json
import random
import sqlite3
import sys
from pathlib import Path

Table = list[tuple[object, ...]]
MAX_TOLD = 500  # characters: a query may return a text of any length
MANY = [(n, f"customer {n:03}") for n in range(300)]
CASES: dict[str, tuple[Table, Table]] = {
    "small": ([(1, "Ada"), (2, "Ben")], [(1, 1, 300), (2, 2, 500), (3, 1, 450)]),
    "without orders": ([(1, "Ada"), (2, "Ben"), (3, "Cyd")], [(1, 2, 100)]),
    "ties": ([(1, "Cyd"), (2, "Ada"), (3, "Ben"), (4, "Ada")], [(1, 1, 5), (2, 2, 2), (3, 2, 3), (4, 3, 7)]),
    "large": (MANY, [(n, random.Random(n).randrange(300), n % 977) for n in range(20_000)]),
}


def wanted(customers: Table, orders: Table) -> Table:
    sums = {customer: sum(cents for _, whose, cents in orders if whose == customer) for customer, _ in customers}
    return sorted(((name, sums[id]) for id, name in customers), key=lambda row: (-row[1], row[0]))


def run(query: str, customers: Table, orders: Table) -> Table:
    shop = sqlite3.connect(":memory:")
    shop.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    shop.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, cents INTEGER NOT NULL)")
    shop.executemany("INSERT INTO customers VALUES (?, ?)", customers)
    shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders)
    shop.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY)
    return shop.execute(query).fetchmany(len(customers) + 1)


READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)


def judge(query: str, name: str) -> dict[str, str]:
    customers, orders = CASES[name]
    try:
        found = run(query, customers, orders)
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:  # ValueError: a null character
        return {"id": name, "status": "runtime_error", "detail": str(error)}
    expected = wanted(customers, orders)
    if found == expected:
        return {"id": name, "status": "pass"}
    got = str(found[:5])[:MAX_TOLD]
    return {"id": name, "status": "wrong_answer", "detail": f"got {got}, expected {expected[:5]}"}


cases = [judge(Path(sys.argv[1]).read_text(), name) for name in CASES]
failed = [case["status"] for case in cases if case["status"] != "pass"]
print(json.dumps({"status": (failed or ["pass"])[0], "cases": cases}))
