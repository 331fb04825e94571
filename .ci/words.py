"""Search of the repository for words that the project does not use, each with what to write instead.

    python .ci/words.py [PATH ...]

Prints file, line, word and replacement of each match; the exit status is 1 if there is any. Matches whole words, also
as parts of names (`cruise_verdict`); the old names in CHANGELOG.md and this file are exempt.
"""

import re
import subprocess
import sys
from pathlib import Path

EXEMPT = {"CHANGELOG.md", ".ci/words.py"}
INSTEAD = {  # pattern, case ignored unless it has a capital: what to write
    "accus(e|es|ed|ing|ation|ations)": "flag; false-positive rate",
    "condemn(s|ed|ing|ation)?": "flag",
    "verdicts?": "flag, result",
    "courts?": "quality-control run",
    "juries|jury|witness(es)?": "the check, the comparison",
    "judg(e|es|ed|ing|ement|ements)": "evaluate, score, flag",
    "voyages?": "cruise, merged cruise",
    "kin": "linked copies",
    "rosters?": "cast index",
    "crews?": "pool, workers",
    "teams?": "workers",
    "wish(es|ed)?": "selection, request",
    "whoever": "any, independent of",
    "mend(s|ed|ing)?": "fix, hint, correct",
    "in company": "cross-profile tests",
    "(?<!argo )(?<!float )fleets?": "cruise table",
    "innovations?": "residual",
    "artefacts?": "store, files",
    "work_?bench(es)?": "tasks",
    "score_?boards?": "skill table",
    "told(?! by magnitude)": "given, reported, distinguished",
    "hears?|heard": "receives",
    "houses?": "package, project",
    "Describers?": "node features",
    r"Shown(?=[(:\]])": "context observations",
    "Episodes?": "hold-out batches",
    "Road": "pipeline",
}


def tracked(paths: list[str]) -> list[str]:
    """List the tracked files under some paths, without the exempt ones."""
    names = subprocess.run(["git", "ls-files", "--", *paths], capture_output=True, text=True, check=True).stdout
    return [name for name in names.splitlines() if name not in EXEMPT]


def matches(name: str, patterns: dict[re.Pattern[str], str]) -> list[str]:
    """List the matches in one file; a file that is not text has none."""
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (UnicodeDecodeError, FileNotFoundError):
        return []
    return [
        f"{name}:{number}: {found.group()!r}; write: {instead}"
        for number, line in enumerate([name, *lines])
        for pattern, instead in patterns.items()
        for found in pattern.finditer(line)
    ]


def main() -> int:
    """Search the files and print the matches."""
    patterns = {
        re.compile(f"(?<![A-Za-z])(?:{word})(?![A-Za-z])", 0 if word != word.lower() else re.IGNORECASE): instead
        for word, instead in INSTEAD.items()
    }
    found = [match for name in tracked(sys.argv[1:]) for match in matches(name, patterns)]
    print("\n".join(found) if found else "words: none of the words on the list is used")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
