"""Runs under the Python of a LiveCodeBench checkout, in its folder: one program a line in, what its grader says out.

Imports nothing of this project. The grader executes the programs with the rights of this process: start it where that
does no harm.
"""

from __future__ import annotations

import json
import os


def main() -> None:
    from lcb_runner.evaluation.compute_code_generation_metrics import (  # type: ignore[import-not-found]
        evaluate_generations_by_problem,
    )

    lines, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # the programs read and write there
        os.dup2(nothing, descriptor)
    for line in lines:
        task = json.loads(line)
        sample = {"input_output": json.dumps(task["tests"])}
        results, metadata = evaluate_generations_by_problem(([task["code"]], sample, False, task["timeout_s"]))
        message = metadata[0].get("error_message", "")
        print(json.dumps({"results": results[0], "message": message}, default=repr), file=answers, flush=True)


if __name__ == "__main__":
    main()
