"""How the command line ends at a user's mistake: in one line on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec

Arguments = ParamSpec("Arguments")


def plainly(verb: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Report a user's mistake, an error of the system or an interruption of a verb in one line on standard error.

    Parameters
    ----------
    verb : callable
        A verb of the command line.
    """

    @wraps(verb)
    def plain(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        try:
            verb(*arguments, **options)
        except KeyboardInterrupt:
            stop("interrupted: run the same command again to go on from here", 130)
        except OSError as error:  # whatever it is: a user can do something about a file, and nothing about a traceback
            from oxygen_recon.runtime.errors import line_of

            stop(line_of(error))
        except ValueError as error:
            from qc.errors import InputError

            if isinstance(error, InputError):
                stop(str(error))
            raise

    return plain


def stop(line: str, code: int = 1) -> NoReturn:
    """Print one line to standard error and leave.

    Parameters
    ----------
    line : str
        What is wrong, and how to fix it.
    code : int
        Exit status.
    """
    print(f"oxygen-recon: {line}", file=sys.stderr)
    raise SystemExit(code)


def refuse(form: str, options: dict[str, object], instead: str = "leave it out") -> None:
    """Stop at an option that does not apply to the argument, rather than ignore it.

    Parameters
    ----------
    form : str
        What the argument is: "an experiment".
    options : dict
        Option to its value, None where it was not given.
    instead : str
        What the user can do.
    """
    for name, value in options.items():
        if value is not None:
            stop(f"{name}: does not go with {form}; {instead}")
