"""Compiles many mutants of a crate at once: `cargo mutants` builds the crate anew for each of its mutants.

Reads the list that `cargo mutants --list --json` prints, and changes the sources so that the environment variable MUTANT
chooses one mutant when the tests run. Needs the packages tree-sitter and tree-sitter-rust. See ../mutants.md.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import tree_sitter
import tree_sitter_rust

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))

# What the changed sources call. MUTANT holds a number, or `log:FILE`: then the mutants that are reached are written down.
SUPPORT = """
#[doc(hidden)]
#[allow(missing_docs, warnings, clippy::all)]
pub mod mutants_together {
    use std::sync::{LazyLock, Mutex};
    static CHOSEN: LazyLock<u32> =
        LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));
    static LOG: LazyLock<Option<Mutex<(std::fs::File, std::collections::HashSet<u32>)>>> = LazyLock::new(|| {
        let path = std::env::var("MUTANT").ok()?.strip_prefix("log:")?.to_owned();
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path).ok()?;
        Some(Mutex::new((file, std::collections::HashSet::new())))
    });
    fn reached(n: u32) {
        if let Some(log) = &*LOG {
            let mut log = log.lock().unwrap_or_else(|e| e.into_inner());
            if log.1.insert(n) {
                let _ = std::io::Write::write_all(&mut log.0, format!("{n}\\n").as_bytes());
            }
        }
    }
    #[inline(never)]
    pub fn on(n: u32) -> bool {
        reached(n);
        *CHOSEN == n
    }
    #[inline(never)]
    pub fn off(all: &[u32]) -> bool {
        all.iter().for_each(|n| reached(*n));
        !all.contains(&*CHOSEN)
    }
}
"""
ON = "crate::mutants_together::on"
OFF = "crate::mutants_together::off"


class Source:
    """One file, with its mutants."""

    def __init__(self, text, mutants):
        self.bytes = text.encode()
        self.lines = [0]
        for line in self.bytes.split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.tree = PARSER.parse(self.bytes)
        self.at = {}  # node id -> [(kind, mutant)]
        self.lost = []
        for mutant in mutants:
            node = self.node_of(mutant)
            if node is None:
                self.lost.append(mutant["number"])
            else:
                self.at.setdefault((node.start_byte, node.end_byte, node.type), []).append(mutant)

    def offset(self, place):
        start = self.lines[place["line"] - 1]
        line = self.bytes[start : self.lines[place["line"]] - 1].decode()
        return start + len(line[: place["column"] - 1].encode())

    def text(self, start, end):
        return self.bytes[start:end].decode()

    def node_of(self, mutant):
        start, end = self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])
        node = self.tree.root_node.descendant_for_byte_range(start, end)
        genre = mutant["genre"]
        if genre == "FnValue" and "impl " in (mutant["function"] or {}).get("return_type", ""):
            # Both ways out of the function would need the same type.
            return None
        wanted = {
            "FnValue": ("block",),
            "BinaryOperator": ("binary_expression", "compound_assignment_expr"),
            "UnaryOperator": ("unary_expression",),
            "MatchArm": ("match_arm",),
            "MatchArmGuard": ("match_pattern",),
        }.get(genre, ())
        while node is not None and node.type not in wanted:
            node = node.parent
        if node is None:
            return None
        above = node
        while above is not None:
            if above.type in (
                "const_item",
                "static_item",
                "enum_variant",
                "array_type",
                "const_block",
                "attribute_item",
            ):
                return None
            if above.type == "function_item":
                head = self.text(above.start_byte, above.child_by_field_name("body").start_byte)
                if re.search(r"\bconst\b[^(]*\bfn\b", head):
                    return None
                break
            if above.type == "array_expression" and above.child_by_field_name("length") is not None:
                length = above.child_by_field_name("length")
                if length.start_byte <= node.start_byte < length.end_byte:
                    return None
            above = above.parent
        if genre == "BinaryOperator":
            operator = node.child_by_field_name("operator")
            if operator is None or operator.start_byte != start:
                return None
        if genre == "MatchArmGuard":
            guard = node.child_by_field_name("condition")
            if guard is None or guard.type in ("let_condition", "let_chain"):
                return None
        if genre == "MatchArm":
            guard = node.child_by_field_name("pattern").child_by_field_name("condition")
            if guard is not None and guard.type in ("let_condition", "let_chain"):
                return None
        return node

    def render(self, node=None):
        node = node or self.tree.root_node
        out, at = [], node.start_byte
        mine = self.at.get((node.start_byte, node.end_byte, node.type), [])
        for child in node.children:
            out.append(self.text(at, child.start_byte))
            out.append(self.render(child))
            at = child.end_byte
        out.append(self.text(at, node.end_byte))
        whole = "".join(out)
        return self.changed(node, mine, whole) if mine else whole

    def changed(self, node, mine, whole):
        def marked(mutant, code):
            n = mutant["number"]
            return f"\n/*<{n}*/ {code} /*{n}>*/\n"

        if node.type == "block":
            values = [f"if {ON}({m['number']}) {{ return {m['replacement']}; }}" for m in mine]
            values = [marked(m, value) for m, value in zip(mine, values)]
            return "{ " + "".join(values) + whole[1:]
        if node.type in ("binary_expression", "compound_assignment_expr", "unary_expression"):
            others = []
            for m in mine:
                start, end = self.offset(m["span"]["start"]), self.offset(m["span"]["end"])
                code = self.text(node.start_byte, start) + m["replacement"] + " " + self.text(end, node.end_byte)
                others.append(f"else if {ON}({m['number']}) {{ {marked(m, code)} }}")
            last = others.pop().replace(f"else if {ON}({mine[-1]['number']})", "else", 1)
            numbers = ", ".join(str(m["number"]) for m in mine)
            return f"(if {OFF}(&[{numbers}]) {{ {whole} }} {' '.join(others)} {last})"
        if node.type == "match_pattern":
            guard = node.child_by_field_name("condition")
            head = self.text(node.start_byte, guard.start_byte)
            rendered = self.render(guard)
            for m in mine:
                if m["replacement"] == "true":
                    rendered = f"({marked(m, ON + '(' + str(m['number']) + ')')} || {rendered})"
                else:
                    rendered = f"({marked(m, '!' + ON + '(' + str(m['number']) + ')')} && {rendered})"
            return head + rendered
        pattern = node.child_by_field_name("pattern")
        guard = pattern.child_by_field_name("condition")
        tail = self.rendered_after(node, pattern)
        attributes = self.text(node.start_byte, pattern.start_byte)
        test = marked(mine[0], f"!{ON}({mine[0]['number']})")
        if guard is None:
            return f"{attributes}{self.text(pattern.start_byte, pattern.end_byte)} if {test}{tail}"
        inner = self.render(pattern)
        head = self.text(pattern.start_byte, guard.start_byte)
        return f"{attributes}{head}{test} && ({inner[len(head) :]}){tail}"

    def rendered_after(self, node, pattern):
        out, at = [], pattern.end_byte
        for child in node.children:
            if child.start_byte >= pattern.end_byte:
                out.append(self.text(at, child.start_byte))
                out.append(self.render(child))
                at = child.end_byte
        return "".join(out) + self.text(at, node.end_byte)


def write(root, mutants, left_out, entry):
    """Writes the changed sources; returns the mutants that are in them."""
    by_file, lost = {}, set()
    for mutant in mutants:
        if mutant["number"] not in left_out:
            by_file.setdefault(mutant["file"], []).append(mutant)
    for name in sorted({mutant["file"] for mutant in mutants} | {entry}):
        original = subprocess.run(["git", "show", f"HEAD:{name}"], cwd=root, capture_output=True, text=True, check=True)
        source = Source(original.stdout, by_file.get(name, []))
        lost.update(source.lost)
        changed = source.render()
        if name == entry:
            changed += SUPPORT
        path = root / name
        if path.read_text() != changed:
            path.write_text(changed)
    return lost


def wrong_ones(root, command):
    """The mutants whose code does not compile."""
    done = subprocess.run(
        ["nice", "-n", "19", "cargo", *command, "--message-format=json"], cwd=root, capture_output=True, text=True
    )
    found, other = set(), []
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-message" or message["message"]["level"] != "error":
            continue
        message = message["message"]
        spans = sorted(message["spans"], key=lambda span: not span["is_primary"])
        spans += [span for child in message["children"] for span in child["spans"]]
        numbers = [number for span in spans for number in [marked_at(root, span)] if number]
        if not numbers and (message["code"] or {}).get("code") == "E0004":
            # A match without one of its arms: the error is at the value that is matched.
            numbers = [number for span in spans for number in arms_at(root, span)]
            found.update(numbers)
        if numbers:
            found.add(numbers[0])
        elif message["spans"]:
            other.append(message["rendered"])
    return done.returncode, found, other, done.stderr


def marked_at(root, span):
    """The innermost mutant that a place of a source belongs to."""
    path = root / span["file_name"]
    if not path.is_file():
        return None
    text = path.read_bytes()[: span["byte_start"] + 1].decode(errors="ignore")
    depth = []
    for mark in re.finditer(r"/\*<(\d+)\*/|/\*(\d+)>\*/", text):
        if mark[1]:
            depth.append(int(mark[1]))
        elif depth:
            depth.pop()
    return depth[-1] if depth else None


def arms_at(root, span):
    """The mutants without an arm of the match whose value is at a place of a source."""
    path = root / span["file_name"]
    if not path.is_file():
        return []
    text = path.read_bytes()
    node = PARSER.parse(text).root_node.descendant_for_byte_range(span["byte_start"], span["byte_end"])
    while node is not None and node.type != "match_expression":
        node = node.parent
    arms = node.child_by_field_name("body").named_children if node is not None else []
    patterns = [arm.child_by_field_name("pattern") for arm in arms if arm.type == "match_arm"]
    heads = [text[pattern.start_byte : pattern.end_byte].decode() for pattern in patterns]
    return [int(mark) for head in heads for mark in re.findall(r"/\*<(\d+)\*/ !", head)]


def build(options):
    root = pathlib.Path(options.worktree)
    mutants = json.loads(pathlib.Path(options.list).read_text())
    for number, mutant in enumerate(mutants):
        mutant["number"] = number + 1
    mutants = mutants[options.part[0] :: options.part[1]]
    left_out = set()
    command = options.cargo.split()
    while True:
        lost = write(root, mutants, left_out, options.entry)
        code, found, other, errors = wrong_ones(root, command)
        print(f"{len(left_out)} left out, {len(found)} more do not compile, {len(other)} other errors", flush=True)
        if code == 0:
            break
        if not found:
            sys.exit("\n".join(other[:5]) or errors)
        left_out |= found
    state = {"mutants": mutants, "unviable": sorted(left_out), "alone": sorted(lost)}
    pathlib.Path(options.state).write_text(json.dumps(state))
    print(f"{len(mutants)} mutants, {len(left_out)} do not compile, {len(lost)} need a build of their own")


def run(options):
    state = json.loads(pathlib.Path(options.state).read_text())
    binaries = options.binaries.split(",")
    root = pathlib.Path(options.worktree)

    def passes(value):
        for binary in binaries:
            arguments = ["nice", "-n", "19", str(pathlib.Path(binary).resolve()), *options.arguments.split()]
            environment = {**os.environ, "MUTANT": value}
            try:
                done = subprocess.run(
                    arguments, cwd=root / options.folder, env=environment, capture_output=True, timeout=options.timeout
                )
            except subprocess.TimeoutExpired:
                return None
            if done.returncode != 0:
                return False
        return True

    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "reached"
        if not passes(f"log:{log}"):
            sys.exit("the tests fail without a mutant")
        reached = {int(line) for line in log.read_text().split()}
    skip = set(state["unviable"]) | set(state["alone"])
    tried = [mutant for mutant in state["mutants"] if mutant["number"] not in skip]
    tried = tried[options.part[0] :: options.part[1]]
    survivors, ended = [], 0
    out = open(options.out, "w") if options.out else sys.stdout
    for mutant in tried:
        outcome = "not reached" if mutant["number"] not in reached else passes(str(mutant["number"]))
        ended += outcome is None
        if outcome in (True, "not reached"):
            survivors.append(mutant)
            print(f"{mutant['name']}{' (not reached)' if outcome is not True else ''}", file=out, flush=True)
    share = 100 * len(survivors) / max(len(tried), 1)
    print(f"{len(tried)} tried, {len(survivors)} survived ({share:.1f} %), {ended} did not end", file=out, flush=True)


def part(text):
    first, of = text.split("/")
    return int(first), int(of)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    building = commands.add_parser("build", help="change the sources of a worktree")
    building.add_argument("list", help="what `cargo mutants --list --json` prints")
    building.add_argument("--entry", required=True, help="the root module of the crate or test")
    building.add_argument("--cargo", required=True, help="how cargo compiles the tests")
    building.set_defaults(act=build)
    running = commands.add_parser("run", help="run the tests with one mutant after the other")
    running.add_argument("binaries", help="test programs, with commas between them")
    running.add_argument("--arguments", default="")
    running.add_argument("--folder", default=".", help="where the tests run")
    running.add_argument("--timeout", type=float, default=60, help="seconds")
    running.add_argument("--out")
    running.set_defaults(act=run)
    for command in (building, running):
        command.add_argument("--worktree", default=".")
        command.add_argument("--state", required=True)
        command.add_argument("--part", type=part, default=(0, 1), help="FIRST/OF: every OF-th mutant")
    options = parser.parse_args()
    options.act(options)


if __name__ == "__main__":
    main()
