"""The rules of the house as functions from source text to complaints, so that bad examples can be fed to them."""

import ast
import itertools
import pathlib
import re
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "skykeep"

# Which rooms a room may import. What is not listed is no room: add it to ARCHITECTURE.md and here, together.
BELOW = {
    "errors": set(),
    "geo": {"errors"},
    "facts": {"geo", "errors"},
    "rules": {"facts", "geo", "errors"},
    "watch": {"rules", "assess", "facts", "geo", "errors"},
    "assess": {"facts", "geo", "errors"},
    "account": {"facts", "geo", "errors"},
    "wire": {"facts", "geo", "errors"},
    "views": {"facts", "geo", "errors"},
    "sim": {"facts", "geo", "errors"},
    "ledger": set(),
}
ABOVE = {
    "station": {*BELOW, "skykeep"},
    "web": {*BELOW, "skykeep", "station"},
    "client": {"errors"},
    "cli": {*BELOW, "skykeep", "station", "web", "client"},
    "__main__": {"cli"},
    "skykeep": set(),  # skykeep/__init__.py itself
}
MAY_IMPORT = BELOW | ABOVE

# Below the line, other people's code is msgspec and NumPy; these rooms have one thing more.
THIRD_PARTY = {"wire": {"msgspec", "numpy", "dpkt", "pcapng", "shapely"}, "ledger": {"cryptography"}, "errors": set()}
THIRD_PARTY_ELSEWHERE_BELOW = {"msgspec", "numpy"}
NUMBA_AT_HOME_IN = "skykeep.geo.kernel"
EXEMPT = {
    # The door to the compiler asks the sources for their hash, so that no stale machine code is used; facts never see it.
    # And it asks the environment whether anything is to be compiled at all: the bytes are the same either way.
    NUMBA_AT_HOME_IN: {"pathlib", "os"},
}

CLOCK_DISK_NETWORK_CHANCE = frozenset(
    """asyncio concurrent ctypes getpass glob http importlib locale logging mmap multiprocessing os pathlib platform
    queue random sched secrets select selectors shutil signal socket socketserver sqlite3 ssl subprocess tempfile
    threading time urllib uuid""".split()  # noqa: SIM905
)
FORBIDDEN_CALLS = {
    "print": "talks",
    "input": "listens",
    "open": "opens a file",
    "exec": "runs text",
    "eval": "runs text",
    "__import__": "hides an import",
    "breakpoint": "waits for a person",
    "hash": "differs between runs for text",
}
FORBIDDEN_ATTRIBUTES = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("np", "random"), ("numpy", "random"), ("io", "open"), ("np", "load"), ("np", "save"),
    ("np", "fromfile"), ("np", "memmap"), ("np", "loadtxt"),
}  # fmt: skip
ASKS_IN_ORDER = {"list", "tuple", "enumerate", "iter", "map", "filter", "zip", "sum", "reversed", "next", "join"}
CAPTION_MAX = 114  # a line of 120 less the quotes


def modules() -> Iterator[tuple[str, str]]:
    """Name and text of every module of the package, in a fixed order."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts), path.read_text(encoding="utf-8")


def room(module: str) -> str:
    """The room a dotted name lies in; `skykeep` for the package's own `__init__`."""
    parts = module.removesuffix(".__init__").split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def imports(module: str, text: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything that a module imports, nested and deferred ones too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level]
                base = ".".join([*package, *([node.module] if node.module else [])])
            # `from skykeep import facts` imports skykeep.facts; `from skykeep import __version__` does not.
            yield from ((node.lineno, f"{base}.{alias.name}" if base else alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module"):
            target = node.args[0] if node.args else None
            yield node.lineno, target.value if isinstance(target, ast.Constant) else "?"


def import_room(name: str) -> str:
    """The room of an imported name: `skykeep.facts.codec.encode` lies in facts, `skykeep.__version__` in skykeep."""
    second = name.split(".")[1] if "." in name else ""
    return second if second and (second in MAY_IMPORT or (PACKAGE / second).is_dir()) else "skykeep"


def direction_faults(module: str, text: str) -> list[str]:
    """Complaints about imports that point upward, sideways or outside."""
    here = room(module)
    if here not in MAY_IMPORT:
        return [f"{module}: '{here}' is no room of the house"]
    faults = []
    for line, name in imports(module, text):
        top = name.split(".")[0]
        if name == "?":
            faults.append(f"{module}:{line}: imports a name that only running it would tell")
        elif top == "skykeep":
            there = import_room(name)
            if there != here and there not in MAY_IMPORT[here]:
                faults.append(f"{module}:{line}: {here} may not import {there}")
        elif top in {"numba", "llvmlite"}:
            if module != NUMBA_AT_HOME_IN:
                faults.append(f"{module}:{line}: only {NUMBA_AT_HOME_IN} imports numba")
        elif here in BELOW and top not in (
            sys.stdlib_module_names | THIRD_PARTY.get(here, THIRD_PARTY_ELSEWHERE_BELOW)
        ):
            faults.append(f"{module}:{line}: {here} may not import {top}")
    return faults


def purity_faults(module: str, text: str) -> list[str]:
    """Complaints about clock, disk, network, chance and talk below the line."""
    if room(module) not in BELOW:
        return []
    faults = [
        f"{module}:{line}: imports {name}"
        for line, name in imports(module, text)
        if name.split(".")[0] in CLOCK_DISK_NETWORK_CHANCE - EXEMPT.get(module, set())
    ]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            faults.append(f"{module}:{node.lineno}: {node.func.id}() {FORBIDDEN_CALLS[node.func.id]}")
        elif isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            if (owner, node.attr) in FORBIDDEN_ATTRIBUTES:
                faults.append(f"{module}:{node.lineno}: {owner}.{node.attr}")
    return faults


class _Sets(ast.NodeVisitor):
    """Finds places that go through a set, whose order is nobody's promise."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, bool]] = []
        self.lines: list[int] = []

    def is_set(self, node: ast.expr) -> bool:
        match node:
            case ast.Set() | ast.SetComp():
                return True
            case ast.Call(func=ast.Name(id="set" | "frozenset")):
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr="union" | "intersection" | "difference" | "copy")):
                return self.is_set(owner)
            case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.BitXor() | ast.Sub(), left=left, right=right):
                return self.is_set(left) or self.is_set(right)
            case ast.Name(id=name):
                return next((scope[name] for scope in reversed(self.scopes) if name in scope), False)
        return False

    def scope_of(self, node: ast.AST) -> dict[str, bool]:
        """Names that are only ever bound to sets within one function or module."""
        self.scopes.append({})
        for _ in range(2):  # the second round knows the names that the first one found
            found: dict[str, bool] = {}
            for child in itertools.chain.from_iterable(map(_same_scope, ast.iter_child_nodes(node))):
                match child:
                    case ast.Assign(targets=targets, value=value):
                        for target in targets:
                            if isinstance(target, ast.Name):
                                found[target.id] = found.get(target.id, True) and self.is_set(value)
                    case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                        found[name] = _says_set(annotation)
                    case ast.arg(arg=name, annotation=annotation) if annotation is not None:
                        found[name] = _says_set(annotation)
            self.scopes[-1] = found
        return self.scopes.pop()

    def within(self, node: ast.AST) -> None:
        self.scopes.append(self.scope_of(node))
        self.generic_visit(node)
        self.scopes.pop()

    visit_Module = visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = within  # noqa: N815  # ast's names

    def ask(self, node: ast.expr) -> None:
        if self.is_set(node):
            self.lines.append(node.lineno)

    def visit_For(self, node: ast.For) -> None:
        self.ask(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.ask(node.iter)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.ask(node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ASKS_IN_ORDER:
            for argument in node.args:
                self.ask(argument)
        if name == "pop" and isinstance(node.func, ast.Attribute):
            self.ask(node.func.value)
        self.generic_visit(node)


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _same_scope(child)


def _says_set(annotation: ast.expr) -> bool:
    return bool(re.match(r"(set|frozenset|AbstractSet|Set)\b", ast.unparse(annotation)))


def set_faults(module: str, text: str) -> list[str]:
    """Complaints about sets that are gone through, below the line; asking `in` is free, `sorted` gives an order."""
    if room(module) not in BELOW:
        return []
    finder = _Sets()
    finder.visit(_unordered_targets_removed(ast.parse(text)))
    return [f"{module}:{line}: goes through a set; its order is nobody's promise" for line in finder.lines]


def _unordered_targets_removed(tree: ast.Module) -> ast.Module:
    """The tree without comprehensions whose order cannot matter: those directly inside sorted, set, any, all, len."""

    class Harmless(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id in {
                "sorted", "set", "frozenset", "any", "all", "len", "min", "max",
            }:  # fmt: skip
                for argument in node.args:
                    if isinstance(argument, ast.GeneratorExp | ast.ListComp | ast.SetComp):
                        for generator in argument.generators:
                            generator.iter = ast.copy_location(ast.List(elts=[], ctx=ast.Load()), generator.iter)
            return node

        def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
            self.generic_visit(node)
            for generator in node.generators:
                generator.iter = ast.copy_location(ast.List(elts=[], ctx=ast.Load()), generator.iter)
            return node

    return Harmless().visit(tree)


def caption_faults(module: str, text: str) -> list[str]:
    """Complaints about a module whose first line does not say in one sentence what it is."""
    docstring = ast.get_docstring(ast.parse(text)) or ""
    caption = docstring.split("\n")[0].strip()
    if not caption:
        return [f"{module}: no caption"]
    if not caption.endswith("."):
        return [f"{module}: the caption is no sentence: {caption!r}"]
    if len(caption) > CAPTION_MAX:
        return [f"{module}: the caption takes {len(caption)} characters, one breath is {CAPTION_MAX}"]
    if re.search(r"\.\s", caption):
        return [f"{module}: the caption is more than one sentence: {caption!r}"]
    return []


# Put together here so that this file does not fail its own check.
HOSTS = [
    "pypi." + "org", "python" + "hosted.org", "registry." + "npmjs", "npm" + "mirror.com", "deb." + "debian.org",
    "security." + "debian.org", "crates." + "io/api", "proxy." + "golang.org", "conda." + "anaconda.org",
    "archive." + "ubuntu.com",
]  # fmt: skip


def host_faults(name: str, text: str) -> list[str]:
    """Complaints about a package registry's address in any file of the tree."""
    faults = [f"{name}: names the host {host}" for host in HOSTS if host in text.lower()]
    if name.startswith("requirements/") and (":" + "//" in text or "--index-url" in text):
        faults.append(f"{name}: a lock file holds versions and hashes, never an address")
    return faults
