"""Runs under the Python of a LiveCodeBench checkout, in its folder: one program a line in, what its grader says out.

Imports nothing of this project. The grader executes the programs with the rights of this process: start it where that
does no harm.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    from lcb_runner.evaluation.compute_code_generation_metrics import (  # type: ignore[import-not-found]
        evaluate_generations_by_problem,
    )

    lines = sys.stdin
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a program that defines a function prints here
    for line in lines:
        task = json.loads(line)
        sample = {"input_output": json.dumps(task["tests"])}
        results, metadata = evaluate_generations_by_problem(([task["code"]], sample, False, task["timeout_s"]))
        message = metadata[0].get("error_message", "")
        print(json.dumps({"results": results[0], "message": message}, default=repr), file=answers, flush=True)


if __name__ == "__main__":
    main()
