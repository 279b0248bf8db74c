"""Are these n queens that do not attack each other? validate.py INPUT ANSWER FEEDBACK_DIR/ < OUTPUT"""

import sys
from pathlib import Path


def reject(reason: str) -> None:
    Path(sys.argv[3], "teammessage.txt").write_text(reason)
    sys.exit(43)


n = int(Path(sys.argv[1]).read_text())
words = sys.stdin.read().split()
if len(words) != n or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
    reject(f"{n} integers are wanted")
columns = [int(word) for word in words]
if not all(1 <= column <= n for column in columns):
    reject(f"each column must be from 1 to {n}")
for what, values in (
    ("column", columns),
    ("diagonal", [column - row for row, column in enumerate(columns)]),
    ("diagonal", [column + row for row, column in enumerate(columns)]),
):
    if len(set(values)) < n:
        reject(f"two queens stand in the same {what}")
sys.exit(42)
