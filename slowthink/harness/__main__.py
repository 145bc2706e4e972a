"""lm-evaluation-harness with the model `slowthink`: the same command line, registered before it begins.

    python -m slowthink.harness --model slowthink --model_args model=smollm2,strategy=auto --tasks gsm8k --limit 20

The harness looks for models nowhere but in its own registry, so its command `lm_eval` cannot find ours by itself.
Exit codes are slowthink's: 2 for bad input, 4 where a model or the harness is missing.
"""

from __future__ import annotations

import sys

from slowthink.errors import InputError, SlowThinkError

NEEDED = "the harness is not installed. Install it with: pip install 'slowthink[harness]'"


def main() -> int:
    """Run the harness on the arguments of this process."""
    try:
        from lm_eval.__main__ import cli_evaluate

        import slowthink.harness.model  # noqa: F401 - registers the model
    except ImportError as error:
        return _say(f"{NEEDED} ({error})", 4)
    try:
        cli_evaluate()
    except InputError as error:
        return _say(error, 2)
    except SlowThinkError as error:
        return _say(error, 4)
    except KeyboardInterrupt:
        return _say("stopped", 130)
    return 0


def _say(message: object, code: int) -> int:
    print(f"slowthink: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
