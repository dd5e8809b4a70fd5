"""Tables of strings: all strings of a script in one list, which is turned round first and read by a function.

The usual obfuscator writes `_0x4f(0x1a3, "k!3f")` where the source said `"https://…"`. The table, the
number that is taken from the index, the turning (until a sum of parsed strings comes out right) and the
encoding (base64 of another alphabet, RC4 with a key at each call) all stand in the script: they are read
here, never run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .budget import Budget
from .ciphers import alphabet_in
from .folding import Knowledge, Resolver, fold
from .resolvers import DEEPEST, Constant, Table, Wrapper
from .tokens import Kind, Token, Value

_SMALLEST = 3
_BODY = 900  # tokens of an index function that are looked at
_WRAPPER = 60  # tokens of a function that only passes its call on
_LONGEST_SUM = 600
_COST = 20  # of working out a sum, for each token, in characters of the budget


def known_functions(tokens: list[Token], names: Mapping[str, Value], budget: Budget) -> dict[str, Resolver]:
    """The index functions of a script, and what passes calls on to them.

    Raises:
        Spent: the budget is used up.
    """
    functions: dict[str, Resolver] = _constants(tokens)
    tables = _tables(tokens, names)
    if not tables:
        return functions
    for name, parameters, body in _functions(tokens):
        table = _table(name, parameters, body, tables)
        if table is not None:
            functions[name] = table
    if any(isinstance(function, Table) for function in functions.values()):
        _pass_on(tokens, functions, budget)
        _turn(tokens, tables, functions, budget)
    return functions


def _constants(tokens: list[Token]) -> dict[str, Resolver]:
    """Functions that give a fixed string; where two have one name, neither is known."""
    found: dict[str, Resolver] = {}
    twice: set[str] = set()
    for name, parameters, body in _functions(tokens):
        if name in found:
            twice.add(name)
        if parameters or len(body) < 4 or not body[1].is_name("return"):
            continue
        if body[2].kind is Kind.STRING and body[3].value in (";", "}"):
            found[name] = Constant(body[2].value)
    return {name: known for name, known in found.items() if name not in twice}


def _tables(tokens: list[Token], names: Mapping[str, Value]) -> dict[str, list[str]]:
    """The lists of strings of a script, by the name of the variable, or of the function that returns it."""
    found = {
        name: list(map(str, value))
        for name, value in names.items()
        if isinstance(value, list) and _is_table(value)
    }
    for name, parameters, body in _functions(tokens):
        for token in body[:14] if not parameters else ():
            if isinstance(token.value, list) and _is_table(token.value):
                found[name] = list(map(str, token.value))
                break
    return found


def _is_table(value: Value) -> bool:
    return (
        isinstance(value, list) and len(value) >= _SMALLEST and all(isinstance(item, str) for item in value)
    )


def _functions(tokens: list[Token]) -> Iterator[tuple[str, list[str], list[Token]]]:
    """Name, parameters and the beginning of the body of every function that has a name."""
    for at, token in enumerate(tokens):
        if not token.is_name("function"):
            continue
        start = at + 1
        if start < len(tokens) and tokens[start].kind is Kind.NAME:
            name, start = str(tokens[start].value), start + 1
        elif at >= 2 and tokens[at - 1].is_mark("=") and tokens[at - 2].kind is Kind.NAME:
            name = str(tokens[at - 2].value)
        else:
            continue
        if start >= len(tokens) or not tokens[start].is_mark("("):
            continue
        parameters: list[str] = []
        for end in range(start + 1, min(len(tokens), start + 20)):
            if tokens[end].is_mark(")"):
                yield name, parameters, tokens[end + 1 : end + 1 + _BODY]
                break
            if tokens[end].kind is Kind.NAME:
                parameters.append(str(tokens[end].value))


def _table(name: str, parameters: list[str], body: list[Token], tables: dict[str, list[str]]) -> Table | None:
    """The index function that this function is, if it is one."""
    if not parameters or len(parameters) > 4:
        return None
    body = _block(body)
    mentioned = {str(token.value) for token in body if token.kind is Kind.NAME}
    used = [table for table in tables if table in mentioned and table != name]
    if not used:
        return None
    offset = _offset(body, parameters[0])
    if offset is None:
        return None
    alphabet = alphabet_in(str(token.value) for token in body if token.kind is Kind.STRING)
    if alphabet is None and "atob" in mentioned:
        alphabet = alphabet_in(["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"])
    keyed = any(token.kind is Kind.NUMBER and token.value == 256 for token in body)
    return Table(name, tables[used[0]], offset, alphabet, keyed)


def _block(body: list[Token]) -> list[Token]:
    """A body up to the brace that closes it, as far as it goes."""
    depth = 0
    for at, token in enumerate(body):
        if token.kind is Kind.MARK:
            depth += (token.value == "{") - (token.value == "}")
            if depth <= 0:
                return body[:at]
    return body


def _offset(body: list[Token], parameter: str) -> int | None:
    """What is taken from the index: `i = i - 0x1a3`, `i -= 0x1a3`, `t[i - 0x1a3]`, or nothing: `t[i]`."""
    for at in range(1, len(body) - 2):
        name, mark, number = body[at], body[at + 1], body[at + 2]
        if name.kind is not Kind.NAME or mark.kind is not Kind.MARK:
            continue
        if number.kind is Kind.NUMBER and isinstance(number.value, int) and mark.value in ("-", "-=", "+"):
            before = body[at - 1]
            same = at >= 2 and before.is_mark("=") and body[at - 2].value == name.value
            if mark.value == "-=" or same or (before.is_mark("[") and name.value == parameter):
                return -number.value if mark.value == "+" else number.value
        if mark.is_mark("]") and body[at - 1].is_mark("[") and name.value == parameter:
            return 0
    return None


def _pass_on(tokens: list[Token], functions: dict[str, Resolver], budget: Budget) -> None:
    """Add other names of the known functions, and functions that pass their call on to them."""
    bodies = [(name, parameters, _block(body[:_WRAPPER])) for name, parameters, body in _functions(tokens)]
    for depth in range(1, DEEPEST):
        before = len(functions)
        budget.look()
        for at in range(1, len(tokens) - 1):
            if (
                tokens[at].is_mark("=")
                and tokens[at + 1].kind is Kind.NAME
                and tokens[at - 1].kind is Kind.NAME
            ):
                after = tokens[at + 2] if at + 2 < len(tokens) else None
                if after is None or after.kind is Kind.NAME or after.value in (";", ",", ")"):
                    known = functions.get(str(tokens[at + 1].value))
                    if known is not None:
                        functions.setdefault(str(tokens[at - 1].value), known)
        for name, parameters, body in bodies:
            if name in functions or len(body) < 5 or not body[1].is_name("return"):
                continue
            if str(body[2].value) in functions and body[3].is_mark("("):
                call = body[2:-1] if body[-1].is_mark(";") else body[2:]
                functions[name] = Wrapper(parameters, call, functions, budget, depth)
        if len(functions) == before:
            return


def _turn(
    tokens: list[Token], tables: dict[str, list[str]], functions: dict[str, Resolver], budget: Budget
) -> None:
    """Find by how far each table is turned, and turn the functions that read it."""
    for at in range(2, len(tokens) - 3):
        # … .push(table.shift())
        if not (tokens[at].is_name("push") and tokens[at - 1].is_mark(".") and tokens[at + 1].is_mark("(")):
            continue
        if not any(token.is_name("shift") for token in tokens[at + 2 : at + 8]):
            continue
        name, target = _turned_table(tokens, at, tables)
        if name is None or target is None:
            continue
        sums = _sum(tokens, at)
        for function, table in list(functions.items()):
            if not isinstance(table, Table) or table.strings is not tables[name]:
                continue
            if sums is None:
                turned: int | None = target % len(table.strings)
            else:
                turned = _solved(sums, target, table, functions, budget)
            if turned is not None:
                functions[function] = Table(
                    table.name, table.strings, table.offset, table.alphabet, table.keyed, turned
                )


def _turned_table(
    tokens: list[Token], at: int, tables: dict[str, list[str]]
) -> tuple[str | None, int | None]:
    """Which table is turned here, and the number that says how far: arguments after the function's end."""
    for here in range(at, min(len(tokens) - 3, at + 160)):
        if (
            tokens[here].is_mark("(")
            and str(tokens[here + 1].value) in tables
            and tokens[here + 2].is_mark(",")
        ):
            number = tokens[here + 3]
            if number.kind is Kind.NUMBER and isinstance(number.value, int):
                return str(tokens[here + 1].value), number.value
    return None, None


def _sum(tokens: list[Token], at: int) -> list[Token] | None:
    """The sum of parsed strings that must come out right; None where the number of turns is given."""
    for here in range(at, max(0, at - _LONGEST_SUM), -1):
        if tokens[here].is_name("try"):
            break
    else:
        return None
    start = next((n for n in range(here, at) if tokens[n].is_mark("=")), None)
    if start is None:
        return None
    end = next((n for n in range(start, at) if tokens[n].is_mark(";") or tokens[n].is_name("if")), at)
    return tokens[start + 1 : end]


def _solved(
    sums: list[Token], target: int, table: Table, functions: dict[str, Resolver], budget: Budget
) -> int | None:
    """The number of turns for which the sum is what it must be."""
    trial = dict(functions)
    names = [
        name for name, known in functions.items() if isinstance(known, Table) and known.name == table.name
    ]
    # What passes calls on looks functions up where it was made: give it the trial's.
    for name, known in functions.items():
        if isinstance(known, Wrapper):
            trial[name] = Wrapper(known.parameters, known.call, trial, budget, known.depth)
    for turned in range(len(table.strings)):
        budget.spend(len(sums) * _COST)
        turning = Table(table.name, table.strings, table.offset, table.alphabet, table.keyed, turned)
        trial.update(dict.fromkeys(names, turning))
        result = fold(sums, Knowledge({}, {}, trial), budget)
        total = result[0].value if len(result) == 1 else None
        if isinstance(total, int | float) and abs(total - target) < 0.001:
            return turned
    return None
