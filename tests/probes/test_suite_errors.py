"""What a wrong suite file is refused with: the place and its line, what is wrong, and the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reprokit.errors import SuiteError
from reprokit.probes.suite_file import parse_suite
from tests.probes.test_suite_file import HEAD, LOG, PROBE

if TYPE_CHECKING:
    from pathlib import Path

KEY = PROBE.replace("random.normal", "random.key").replace("arguments = { shape = [8] }\n", "")
BARE = PROBE.replace("seed = 0\n", "").replace("arguments = { shape = [8] }\n", "")
MATRIX = BARE.replace('"normal"', '"normal-{seed}"') + "[probe.matrix]\nshape = [[8]]\n"
"""Of the lines below the head's two, `[[probe]]` is line 4 of the file; the matrix begins on 8."""

OP = "the op is `random.normal(shape: Shape, loc: float = 0.0, scale: float = 1.0)`"
DTYPES = "use one of `float32`, `bfloat16`, `float16`"
EXPECTATIONS = "`everywhere`, `family`, `machine`, `never`"
SEED = "use an integer from 0 to 18446744073709551615 (64 bits)"
CONFLICT = "<<<<<<< ours\n" + PROBE + "=======\n" + LOG + ">>>>>>> theirs\n"


def swap(text: str, old: str, new: str = "") -> str:
    """Put another text in the place of one that is there."""
    assert old in text
    return HEAD + text.replace(old, new)


def add(line: str, probe: str = PROBE) -> str:
    """Add a line to the probe, whose next one is line 10 of the file."""
    return f"{HEAD}{probe}{line}\n"


FILES: dict[str, tuple[str, str, str, str]] = {
    "unknown field of the file": (
        f'{HEAD}abuot = "x"\n{PROBE}',
        ": abuot (line 3)",
        "unknown field `abuot`",
        "did you mean `about`?",
    ),
    "no schema": (
        PROBE,
        ": schema (line 1)",
        "expected `reprokit/suite/1`, got nothing",
        'a file of this kind begins with `schema = "reprokit/suite/1"`',
    ),
    "a manifest": (
        HEAD.replace("suite/1", "manifest/1") + PROBE,
        ": schema (line 1)",
        "expected `reprokit/suite/1`, got `reprokit/manifest/1`",
        'a file of this kind begins with `schema = "reprokit/suite/1"`',
    ),
    "a newer schema": (
        "\n" + HEAD.replace("suite/1", "suite/2") + PROBE,
        ": schema (line 2)",
        "`reprokit/suite/2` is newer than this reprokit, which reads up to `reprokit/suite/1`",
        "upgrade with `uv lock --upgrade-package reprokit-mlx && uv sync`",
    ),
    "another name": (
        HEAD.replace("mine", "yours") + PROBE,
        ": name (line 2)",
        'the file `mine.toml` must have `name = "mine"`, not `yours`',
        "change the name, or rename the file",
    ),
    "a name that cannot be one": (
        HEAD.replace("mine", "../mine") + PROBE,
        ": name (line 2)",
        "`../mine` is not of the form that is needed here",
        "use lower-case letters and digits, with single `-` or `_` between, as `m1-max`",
    ),
    "a name that is no text": (
        HEAD.replace('"mine"', "5") + PROBE,
        ": name (line 2)",
        "expected a text, got `5`",
        'write it in quotes: `name = "5"`',
    ),
    "no probe": (
        HEAD,
        " (line 1)",
        "missing required field `probe`",
        "add a table `[[probe]]`",
    ),
    "a number for probes": (
        f"{HEAD}probe = 1\n",
        ": probe (line 3)",
        "expected a list of tables, got `1`",
        "begin each table with `[[probe]]`",
    ),
    "one table for probes": (
        swap(PROBE, "[[probe]]", "[probe]"),
        ": probe (line 4)",
        "expected a list of tables, got a table",
        "begin each table with `[[probe]]`",
    ),
    "an empty list of probes": (
        f"{HEAD}probe = []\n",
        ": probe (line 3)",
        "is empty",
        "write a table `[[probe]]` in its place",
    ),
    "not UTF-8": (
        f'{HEAD}about = "\udcff"\n{PROBE}',
        " (line 3)",
        "not UTF-8 at byte 51",
        "save the file in the encoding UTF-8",
    ),
    "an integer of thousands of digits": (
        swap(PROBE, "seed = 0", "seed = " + "1" * 5000),
        " (line 7)",
        "not readable TOML: an integer of 5000 digits",
        "an integer has 64 bits: at most 20 digits; put a longer one in quotes",
    ),
    "lists without end": (
        f"{HEAD}about = {'[' * 3000}\n",
        " (line 3)",
        "not readable TOML: lists or tables stand too deep in one another",
        "close their brackets, or write them flatter",
    ),
}

SYNTAX: dict[str, tuple[str, str, str, str]] = {
    "a text without quotes": (
        swap(PROBE, '"family"', "family"),
        " (line 9)",
        "not valid TOML: no value, at column 15: `expectation = family`",
        "put texts in quotes; write `true` and `false` small",
    ),
    "a text not closed": (
        swap(PROBE, '"normal"', '"normal'),
        " (line 5)",
        'not valid TOML: a text is not closed, at column 13: `id = "normal`',
        "close its quotes on the line that opens them",
    ),
    "a text not closed at the end": (
        HEAD + PROBE.rstrip().removesuffix('"'),
        " (line 9)",
        'not valid TOML: a text is not closed, at column 22: `expectation = "family`',
        "close its quotes on the line that opens them",
    ),
    "a list not closed": (
        swap(PROBE, "[8] }", "[8"),
        " (line 9)",
        'not valid TOML: a list is not closed, at column 1: `expectation = "family"`',
        "it begins on line 8: put commas between its items, and close it",
    ),
    "a table not closed": (
        swap(PROBE, "[8] }", '["]"] loc = 0 }'),
        " (line 8)",
        (
            "not valid TOML: a table in braces is not closed, at column 29: "
            '`arguments = { shape = ["]"] loc = 0 }`'
        ),
        "it begins on line 8: put commas between its items, and close it",
    ),
    "two values on a line": (
        swap(PROBE, "seed = 0\n", "seed = 0 "),
        " (line 7)",
        (
            "not valid TOML: the line goes on behind a value, at column 10: "
            "`seed = 0 arguments = { shape = [8] }`"
        ),
        "put texts in quotes, and one value on a line",
    ),
    "a colon": (
        add("repeats: 3"),
        " (line 10)",
        "not valid TOML: no `=` behind a key, at column 8: `repeats: 3`",
        "write `key = value`",
    ),
    "a key given twice": (
        add("seed = 1"),
        " (line 10)",
        "not valid TOML: a key is given twice, at column 9: `seed = 1`",
        "it stands in its table already; remove one of the two",
    ),
    "a table given twice": (
        swap(PROBE + PROBE, "[[probe]]", "[probe]"),
        " (line 11)",
        "not valid TOML: a table is declared twice, at column 7: `[probe]`",
        "of several, each begins with `[[name]]`",
    ),
    "a name given twice": (
        f"{HEAD}probe = []\n{PROBE}",
        " (line 5)",
        "not valid TOML: a name is given twice, at column 8: `[[probe]]`",
        "remove the `name = …` that stands before, or this",
    ),
    "a head not closed": (
        swap(PROBE, "[[probe]]", "[[probe]"),
        " (line 4)",
        "not valid TOML: a table's name is not closed, at column 8: `[[probe]`",
        "close its brackets on the same line",
    ),
    "a backslash": (
        add('covers = "a\\q"'),
        " (line 10)",
        'not valid TOML: unknown escape, at column 14: `covers = "a\\q"`',
        r"write `\\` for a backslash, or use single quotes",
    ),
    "a date that is none": (
        add("covers = 2026-02-31"),
        " (line 10)",
        "not valid TOML: no such date, at column 10: `covers = 2026-02-31`",
        "put it in quotes if it is a text",
    ),
    "no statement": (
        add("= 3"),
        " (line 10)",
        "not valid TOML: no statement, at column 1: `= 3`",
        "a line is `key = value`, `[table]`, `[[table]]` or `# a comment`",
    ),
    "anything else": (
        add('covers = "\\ud800"'),
        " (line 10)",
        (
            "not valid TOML: escaped character is not a Unicode scalar value, at column 17: "
            '`covers = "\\ud800"`'
        ),
        "look at this line and the one before it",
    ),
    "a merge conflict": (
        HEAD + CONFLICT,
        " (line 3)",
        "not valid TOML: a merge conflict is left in it",
        "keep one of its sides, and remove the lines of `<<<<<<<`, `=======`, `>>>>>>>`",
    ),
}

FIELDS: dict[str, tuple[str, str, str, str]] = {
    "unknown field, spelled alike": (
        add("sede = 1"),
        ": probe[0].sede (line 10)",
        "unknown field `sede`",
        "did you mean `seed`?",
    ),
    "unknown field of a control": (
        add('control = { driver = "cpu" }'),
        ": probe[0].control.driver (line 10)",
        "unknown field `driver`",
        "there are `device`, `variables`, `equal`",
    ),
    "no id": (
        swap(PROBE, 'id = "normal"\n'),
        ": probe[0] (line 4)",
        "missing required field `id`",
        'add `id = "…"`, a text',
    ),
    "no expectation": (
        swap(PROBE, 'expectation = "family"\n'),
        ": probe[0] (line 4)",
        "missing required field `expectation`",
        f'add `expectation = "…"`, one of {EXPECTATIONS}',
    ),
    "expectation": (
        swap(PROBE, '"family"', '"sometimes"'),
        ": probe[0].expectation (line 9)",
        "unknown value `sometimes`",
        f"use one of {EXPECTATIONS}",
    ),
    "expectation of another type": (
        swap(PROBE, '"family"', "true"),
        ": probe[0].expectation (line 9)",
        "expected a text, got `true`",
        f"use one of {EXPECTATIONS}",
    ),
    "a number in quotes": (
        add('repeats = "2"'),
        ": probe[0].repeats (line 10)",
        "expected an integer, got the text `2`",
        "write it without quotes: `repeats = 2`",
    ),
    "a truth value in quotes": (
        add('relation = "True"'),
        ": probe[0].relation (line 10)",
        "expected true or false, got the text `True`",
        "write it without quotes: `relation = true`",
    ),
    "a word for a truth value": (
        add('relation = "yes"'),
        ": probe[0].relation (line 10)",
        "expected true or false, got the text `yes`",
        "write true or false: `relation = true`",
    ),
    "a number with a point": (
        add("repeats = 2.0"),
        ": probe[0].repeats (line 10)",
        "expected an integer, got `2.0`",
        "write it without a point: `repeats = 2`",
    ),
    "a list for a table": (
        swap(PROBE, "{ shape = [8] }", "[8]"),
        ": probe[0].arguments (line 8)",
        "expected a table, got a list",
        "write a table: `arguments = { … }`",
    ),
    "a date for a text": (
        add("covers = 2026-02-01"),
        ": probe[0].covers (line 10)",
        "expected a text, got `2026-02-01`",
        'write a text: `covers = "…"`',
    ),
    "a text without end": (
        add(f'covers = "{"x" * 1001}"'),
        ": probe[0].covers (line 10)",
        "is 1001 characters long",
        "use at most 1000",
    ),
    "bounds of an integer": (
        add("repeats = 0"),
        ": probe[0].repeats (line 10)",
        "`0` is out of bounds",
        "use an integer from 1 to 1000",
    ),
    "one bound of an integer": (
        add("needs_mb = 0"),
        ": probe[0].needs_mb (line 10)",
        "`0` is out of bounds",
        "use an integer from 1",
    ),
    "bounds of a number": (
        add("time_limit_s = nan"),
        ": probe[0].time_limit_s (line 10)",
        "`nan` is out of bounds",
        "use a number above 0, up to 604800",
    ),
    "a number beyond all": (
        add(f"time_limit_s = 1{'0' * 400}"),
        ": probe[0].time_limit_s (line 10)",
        "an integer of 1329 bits has more than 64 bits",
        "use an integer up to 18446744073709551615, or put it in quotes",
    ),
    "id": (
        swap(PROBE, '"normal"', '"nor|mal"'),
        ": probe[0].id (line 5)",
        "`nor|mal` is not of the form that is needed here",
        "use letters, digits and `. _ = , + -`, 120 at most, the first a letter or digit",
    ),
    "id with a line's end": (
        swap(PROBE, '"normal"', '"normal\\n"'),
        ": probe[0].id (line 5)",
        "`normal\\x0a` is not of the form that is needed here",
        "use letters, digits and `. _ = , + -`, 120 at most, the first a letter or digit",
    ),
    "id that is there": (
        HEAD + PROBE + LOG + PROBE,
        ": probe[2].id (line 18)",
        "`normal` is the id of probe[0] on line 5 too",
        "an id names one probe of a project; give one of them another",
    ),
}

SEEDS: dict[str, tuple[str, str, str, str]] = {
    "seed below": (
        swap(PROBE, "seed = 0", "seed = -1"),
        ": probe[0].seed (line 7)",
        "`-1` is out of bounds",
        SEED,
    ),
    "seed above": (
        swap(PROBE, "seed = 0", f"seed = {2**64}"),
        ": probe[0].seed (line 7)",
        "`18446744073709551616` has more than 64 bits",
        "use an integer up to 18446744073709551615, or put it in quotes",
    ),
    "seed without end": (
        swap(PROBE, "seed = 0", "seed = 0x" + "f" * 5000),
        ": probe[0].seed (line 7)",
        "an integer of 20000 bits has more than 64 bits",
        "use an integer up to 18446744073709551615, or put it in quotes",
    ),
    "seed in quotes": (
        swap(PROBE, "seed = 0", 'seed = "0"'),
        ": probe[0].seed (line 7)",
        "expected an integer, got the text `0`",
        "write it without quotes: `seed = 0`",
    ),
    "seed true": (
        swap(PROBE, "seed = 0", "seed = true"),
        ": probe[0].seed (line 7)",
        "expected an integer, got `true`",
        "write an integer: `seed = 1`",
    ),
    "no seed": (
        swap(PROBE, "seed = 0\n"),
        ": probe[0] (line 4)",
        "`random.normal` draws: it needs a `seed`",
        "add `seed = 0`",
    ),
    "needless seed": (
        add("seed = 3", LOG),
        ": probe[0].seed (line 9)",
        "`elementwise.log` draws nothing: it takes no seed",
        "remove `seed` and `key`",
    ),
    "needless key": (
        add('key = "split:0/2"', LOG),
        ": probe[0].key (line 9)",
        "`elementwise.log` draws nothing: it takes no seed",
        "remove `seed` and `key`",
    ),
    "key": (
        add('key = "global"'),
        ": probe[0].key (line 10)",
        '`global` is neither "raw" nor "split:i/n"',
        'for instance `key = "split:1/2"`',
    ),
    "empty key": (
        add('key = ""'),
        ": probe[0].key (line 10)",
        '`` is neither "raw" nor "split:i/n"',
        'for instance `key = "split:1/2"`',
    ),
    "subkey that is not there": (
        add('key = "split:2/2"'),
        ": probe[0].key (line 10)",
        "`2/2`: a split into 2 has subkeys 0 to 1",
        'for instance `key = "split:1/2"`',
    ),
    "device": (
        add('device = "tpu"'),
        ": probe[0].device (line 10)",
        "`tpu` is no device",
        "use one of `default`, `cpu`, `gpu`, `both`",
    ),
    "dtype": (
        add('dtype = "float8"'),
        ": probe[0].dtype (line 10)",
        "`float8` is no dtype of `random.normal`",
        DTYPES,
    ),
    "needless dtype": (
        add('dtype = "float32"', KEY),
        ": probe[0].dtype (line 9)",
        "`random.key` takes no dtype",
        "remove it",
    ),
    "device of a control": (
        add('control = { device = "both" }'),
        ": probe[0].control.device (line 10)",
        "`both` is no device",
        "use one of `default`, `cpu`, `gpu`",
    ),
    "empty control": (
        add("control = {}"),
        ": probe[0].control (line 10)",
        "names neither a device nor variables",
        (
            'say what is changed, as `control = { device = "cpu" }` '
            'or `control = { variables = { MLX_ENABLE_TF32 = "0" } }`'
        ),
    ),
    "variable of a control": (
        add('control = { variables = { mlx_tf = "0" } }'),
        ": probe[0].control.variables.mlx_tf (line 10)",
        "`mlx_tf` is not of the form that is needed here",
        "use an environment variable in capital letters, as `MLX_ENABLE_TF32`",
    ),
    "value of a variable": (
        add("[probe.control.variables]\nMLX_ENABLE_TF32 = 0"),
        ": probe[0].control.variables.MLX_ENABLE_TF32 (line 11)",
        "expected a text, got `0`",
        'write it in quotes: `MLX_ENABLE_TF32 = "0"`',
    ),
}

OPS: dict[str, tuple[str, str, str, str]] = {
    "op spelled alike": (
        swap(PROBE, "random.normal", "random.unifrom"),
        ": probe[0].op (line 6)",
        "unknown op `random.unifrom`",
        "did you mean `random.uniform`, `random.uniform_same`, `random.uniform_stages`?",
    ),
    "unknown argument, spelled alike": (
        swap(PROBE, "[8] }", "[8], scal = 2 }"),
        ": probe[0].arguments.scal (line 8)",
        "`random.normal` has no argument `scal`",
        f"did you mean `scale`? {OP}",
    ),
    "no argument": (
        swap(PROBE, "shape = [8]"),
        ": probe[0].arguments.shape (line 8)",
        "`random.normal` needs the argument `shape`",
        OP,
    ),
    "no arguments": (
        swap(PROBE, "arguments = { shape = [8] }\n"),
        ": probe[0].arguments.shape (line 4)",
        "`random.normal` needs the argument `shape`",
        OP,
    ),
    "argument of another type": (
        add('[probe.arguments]\nshape = "8"', PROBE.replace("arguments = { shape = [8] }\n", "")),
        ": probe[0].arguments.shape (line 10)",
        "expected a list of non-negative integers, got the text `8`",
        OP,
    ),
    "infinite argument": (
        swap(PROBE, "[8] }", "[8], loc = inf }"),
        ": probe[0].arguments.loc (line 8)",
        "expected a finite number, got `inf`",
        OP,
    ),
    "seed among arguments": (
        swap(PROBE, "[8] }", "[8], seed = 3 }"),
        ": probe[0].arguments.seed (line 8)",
        "`random.normal` has no argument `seed`",
        "write `seed = …` beside `arguments`, not among them",
    ),
    "no such module": (
        swap(BARE, "random.normal", "own.none:f"),
        ": probe[0].op (line 6)",
        "there is no module `own.none` in the project, nor in its `src`",
        (
            "a function of the project is `package.module:function`; its module is a file in the "
            "project's folder"
        ),
    ),
    "no such function": (
        swap(BARE, "random.normal", "own.good:frist"),
        ": probe[0].op (line 6)",
        "the module `own.good` defines no function `frist`",
        (
            "did you mean `first`? name a function that has its `def` at the top of that module: "
            "not one that is assigned, imported, or defined under an `if`"
        ),
    ),
    "no such argument of a function": (
        add("arguments = { k = 1 }", swap(BARE, "random.normal", "own.good:first")[len(HEAD) :]),
        ": probe[0].arguments.k (line 8)",
        "`own.good:first` has no argument `k`",
        "the op is `own.good:first(n: Any, m: Any = …)`",
    ),
    "syntax of a module": (
        swap(BARE, "random.normal", "own.syntax:f"),
        ": probe[0].op (line 6)",
        "`src/own/syntax.py` cannot be read: invalid syntax (line 3)",
        "mend it there: Python could not import it either",
    ),
    "syntax of a module that a function imports": (
        swap(BARE, "random.normal", "own.caller:f"),
        ": probe[0].op (line 6)",
        "`src/own/syntax.py` cannot be read: invalid syntax (line 3)",
        "mend it there: Python could not import it either",
    ),
}

MATRICES: dict[str, tuple[str, str, str, str]] = {
    "empty list": (
        add("seed = []", MATRIX),
        ": probe[0].matrix.seed (line 10)",
        "is empty",
        "give `seed` at least one value, or remove it",
    ),
    "no list": (
        add("seed = 1", MATRIX),
        ": probe[0].matrix.seed (line 10)",
        "expected a list, got `1`",
        "write it in brackets: `seed = [1]`",
    ),
    "seed": (
        add("seed = [\n    0,\n    -1,\n]", MATRIX),
        ": probe[0].matrix.seed[1] (line 12)",
        "`-1` is out of bounds",
        SEED,
    ),
    "seed in quotes": (
        add('seed = [0, "1"]', MATRIX),
        ": probe[0].matrix.seed[1] (line 10)",
        "expected an integer, got the text `1`",
        "write it without quotes: `1`",
    ),
    "device": (
        add('seed = [0]\ndevice = ["cpu",\n  "both"]', MATRIX),
        ": probe[0].matrix.device[1] (line 12)",
        "`both` is no device",
        "use one of `default`, `cpu`, `gpu`",
    ),
    "dtype": (
        add('seed = [0]\ndtype = ["float32", "int8"]', MATRIX),
        ": probe[0].matrix.dtype[1] (line 11)",
        "`int8` is no dtype of `random.normal`",
        DTYPES,
    ),
    "key": (
        add('seed = [0]\nkey = ["raw", "split:2/2"]', MATRIX),
        ": probe[0].matrix.key[1] (line 11)",
        "`2/2`: a split into 2 has subkeys 0 to 1",
        'for instance `key = "split:1/2"`',
    ),
    "argument": (
        add('seed = [0]\nloc = [1, "2"]', MATRIX),
        ": probe[0].matrix.loc[1] (line 11)",
        "expected a number, got the text `2`",
        OP,
    ),
    "unknown argument": (
        add("seed = [0]\nrepeats = [1, 2]", MATRIX),
        ": probe[0].matrix.repeats[0] (line 11)",
        "`random.normal` has no argument `repeats`",
        OP,
    ),
    "needless seed": (
        add("[probe.matrix]\nseed = [1]", LOG),
        ": probe[0].matrix.seed[0] (line 10)",
        "`elementwise.log` draws nothing: it takes no seed",
        "remove `seed` and `key`",
    ),
    "seed given twice": (
        swap(MATRIX + "seed = [1]\n", "[probe.matrix]", "seed = 0\n[probe.matrix]"),
        ": probe[0].matrix.seed (line 11)",
        "`seed` is given beside the matrix too",
        "say it in one place",
    ),
    "argument given twice": (
        add("[probe.matrix]\nshape = [[8]]"),
        ": probe[0].matrix.shape (line 11)",
        "`shape` is given beside the matrix too",
        "say it in one place",
    ),
    "device given twice": (
        add('device = "both"\n[probe.matrix]\ndevice = ["cpu"]'),
        ": probe[0].matrix.device (line 12)",
        "`device` is given beside the matrix too",
        "say it in one place",
    ),
    "placeholder": (
        add("seed = [1]", MATRIX.replace("{seed}", "{sede}")),
        ": probe[0].id (line 5)",
        "`{sede}` names nothing of the probe's matrix",
        "its matrix varies `shape`, `seed`",
    ),
    "placeholder without a matrix": (
        swap(PROBE, '"normal"', '"normal-{loc}"'),
        ": probe[0].id (line 5)",
        "`{loc}` names nothing of the probe's matrix",
        "the probe has no matrix; add `matrix = { loc = […] }`",
    ),
    "ids alike": (
        add("seed = [1, 2, 1]", MATRIX),
        ": probe[0].id (line 5)",
        "its matrix makes two probes of the id `normal-1-8`",
        "remove values of the matrix that are equal, or that are spelled alike in an id",
    ),
    "too many": (
        add(f"seed = {list(range(101))}\nloc = {list(range(100))}", MATRIX),
        ": probe[0].matrix (line 8)",
        "makes 10100 probes, more than 10000",
        "shorten its lists",
    ),
}

CASES = {
    f"{kind}: {name}": case
    for kind, cases in (
        ("file", FILES),
        ("syntax", SYNTAX),
        ("field", FIELDS),
        ("seed", SEEDS),
        ("op", OPS),
        ("matrix", MATRICES),
    )
    for name, case in cases.items()
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with functions of its own, one of them in a module that is no Python."""
    folder = tmp_path_factory.mktemp("project")
    own = folder / "src" / "own"
    own.mkdir(parents=True)
    (own / "good.py").write_text("def first(n, m=2): pass\n")
    (own / "syntax.py").write_text("a = 1\n\ndef f(:\n")
    (own / "caller.py").write_text("from own import syntax\ndef f(): return syntax.a\n")
    return folder


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_suite_is_told_where_and_how_to_mend_it(case: str, root: Path) -> None:
    """Each kind of error has file, line, what is wrong, and a hint."""
    text, place, message, hint = CASES[case]
    content = text.encode("utf-8", "surrogateescape")
    with pytest.raises(SuiteError) as caught:
        parse_suite(content, name="mine", where="suites/mine.toml", root=root)
    error = caught.value
    assert (error.where, error.message, error.hint) == (f"suites/mine.toml{place}", message, hint)


def test_no_error_is_as_long_as_what_it_quotes(root: Path) -> None:
    """A file's endless words do not flood the terminal."""
    endless = "x" * 10_000
    for text in (
        add(f"{endless} = 1"),
        add(f'device = "{endless}"'),
        add(f'dtype = "{endless}"'),
        add(f'key = "{endless[:999]}"'),
        add(f'about = "{endless}'),
        swap(PROBE, '"family"', f'"{endless}"'),
        swap(PROBE, '"normal"', f'"{endless}"'),
        swap(PROBE, '"normal"', f'"{{{endless}}}"'),
        swap(PROBE, "random.normal", endless[:999]),
        swap(PROBE, "[8] }", f"[8], {endless} = 1 }}"),
        swap(PROBE, "[8]", f'"{endless}"'),
    ):
        with pytest.raises(SuiteError) as caught:
            parse_suite(text.encode(), name="mine", where="suites/mine.toml", root=root)
        assert len((caught.value.where or "") + caught.value.message) < 600
