//! `connie types`: annotations from what functions got and gave.

use std::path::Path;

use connie_tests::{Project, outermost_pythons, text};
use serde_json::Value;

const SHAPES: &str = r#"import collections
from dataclasses import dataclass


class Shape:
    def __init__(self, side):
        self.side = side


class Square(Shape):
    pass


class Round(Shape):
    pass


class Flat(Shape):
    pass


class Long(Shape):
    pass


class Wide(Shape):
    pass


@dataclass
class Item:
    name: str
"#;

const MAIN: &str = r#"# A program.
import asyncio
import datetime

import shapes


def area(shape, scale=1):
    return shape.side * scale


def any_shape(shape):
    return None


def find(names, wanted):
    for n, name in enumerate(names):
        if name == wanted:
            return n


def group(items, *more, key=None, **others):
    return {item.name: [item] for item in items}


def five(value):
    return value


def flag(value):
    return value


def pair(a):
    return (a, str(a))


def known(a: int, b) -> str:
    return str(a + b)


def numbers(n):
    for i in range(n):
        yield i


def talk():
    got = yield 1


async def later(day):
    return day


def apply(fn, cls):
    return fn(cls)


def empty(rows):
    return rows


def login(password):
    return password


def register(fn):
    return fn


@register
def handler(x):
    return x


class Box:
    def __init__(self, things):
        self.things = things

    def put(self, thing):
        self.things.append(thing)
        return self

    @classmethod
    def of(cls, *things):
        return cls(list(things))

    @staticmethod
    def size(box):
        return len(box.things)


def main():
    area(shapes.Square(2))
    area(shapes.Square(2.5), 2)
    for cls in (shapes.Square, shapes.Round, shapes.Flat, shapes.Long, shapes.Wide):
        any_shape(cls(1))
    find(["a", "b"], "b"), find([], "x")
    group([shapes.Item("a")], 1, "b", key="k", z=2.0)
    for value in (1, "a", 2.0, b"", [1]):
        five(value)
    flag(True), flag(3)
    pair(1)
    known(1, 2)
    list(numbers(2))
    next(talk())
    asyncio.run(later(datetime.date(2024, 1, 2)))
    apply(len, "ab"), apply(str, 1)
    empty([])
    login("hunter2")
    handler(1)
    Box.size(Box.of(1, 2).put(3))
    print("done")


if __name__ == "__main__":
    main()
"#;

const EXPECTED: &[&str] = &[
    "def area(shape: Square, scale: int = …) -> int | float",
    "def any_shape(shape: Shape) -> None",
    "def find(names: list[str], wanted: str) -> int | None",
    "def group(items: list[Item], *more: int | str, key: str | None = …, **others: float) -> dict[str, list[Item]]",
    "def five(value: object) -> object",
    "def flag(value: int) -> int",
    "def pair(a: int) -> tuple[int, str]",
    "def known(a: int, b: int) -> str",
    "def numbers(n: int) -> Iterator[int]",
    "def talk() -> Generator[int, Any, Any]",
    "async def later(day: datetime.date) -> datetime.date",
    "def empty(rows: list) -> list",
    "def login(password: str) -> str",
    "def __init__(self, things: list[int]) -> None",
    "def put(self, thing: int) -> Box",
    "def of(cls, *things: int) -> Box",
    "def size(box: Box) -> int",
];

fn project(python: &Path) -> Project {
    let project = Project::new(MAIN);
    project.write("shapes.py", SHAPES);
    let ran = project.record(python, &["main.py"]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    project
}

fn signatures(project: &Project, arguments: &[&str]) -> Vec<String> {
    let output = project.connie(&[&["types", "--format", "json"], arguments].concat());
    let found: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    found.iter().map(|one| one["signature"].as_str().unwrap_or_default().replace("shapes.", "")).collect()
}

#[test]
fn annotations_say_what_was_recorded() {
    for (minor, python) in outermost_pythons() {
        let project = project(&python);
        let found = signatures(&project, &["main.py"]);
        for wanted in EXPECTED {
            assert!(found.iter().any(|one| one == wanted), "3.{minor}: {wanted}\n{}", found.join("\n"));
        }
        let printed = text(&project.connie(&["types", "latest", "Box.put"]).stdout);
        assert_eq!(printed, "main.py:80  Box: def put(self, thing: int) -> Box  1 call\n", "3.{minor}");
    }
}

#[test]
fn a_file_is_annotated_and_nothing_else_changes() {
    for (minor, python) in outermost_pythons() {
        let project = project(&python);
        let before = std::fs::read_to_string(project.path("main.py")).expect("a file");
        let diff = text(&project.connie(&["types", "--apply", "main.py", "--diff"]).stdout);
        assert!(diff.contains("+def area(shape: shapes.Square, scale: int = 1) -> int | float:"), "3.{minor}: {diff}");
        assert_eq!(std::fs::read_to_string(project.path("main.py")).expect("a file"), before);
        let applied = project.connie(&["types", "--apply", "main.py"]);
        let said = text(&applied.stderr);
        assert_eq!(applied.status.code(), Some(0), "{said}");
        assert!(
            said.contains("handler: not annotated: it is decorated by register, which may read annotations"),
            "{said}"
        );
        let after = std::fs::read_to_string(project.path("main.py")).expect("a file");
        for line in [
            "# A program.\nfrom __future__ import annotations\n\nimport asyncio\nimport datetime\n",
            "import shapes\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from collections.abc import Callable, Generator, Iterator\n    from typing import Any\n\n\ndef ",
            "def known(a: int, b: int) -> str:\n",
            "@register\ndef handler(x):\n",
            "    def put(self, thing: int) -> Box:\n",
        ] {
            assert!(after.contains(line), "3.{minor}: {line}\n{after}");
        }
        // Lines that have no annotation are the same.
        let plain = |text: &str| {
            text.lines()
                .filter(|line| {
                    !line.contains("def ")
                        && !line.contains("import")
                        && *line != "if TYPE_CHECKING:"
                        && !line.is_empty()
                })
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(plain(&before), plain(&after), "3.{minor}");
        let run = project.command(&python, &["main.py"]).output().expect("Python");
        assert_eq!(
            (text(&run.stdout).as_str(), run.status.code()),
            ("done\n", Some(0)),
            "3.{minor}: {}",
            text(&run.stderr)
        );
        // A second time, nothing is new.
        assert_eq!(project.connie(&["types", "--apply", "main.py"]).status.code(), Some(1), "3.{minor}");
        assert_eq!(std::fs::read_to_string(project.path("main.py")).expect("a file"), after);
    }
}

#[test]
fn an_edited_function_is_left_alone_and_several_runs_add_up() {
    let (_, python) = outermost_pythons().pop().expect("a Python");
    let text_of = |call: &str| {
        format!(
            "\"\"\"Doc.\"\"\"\r\n\r\ndef one(a):\r\n    return a\r\n\r\ndef two(b):\r\n    return b\r\n\r\n{call}\r\n"
        )
    };
    let project = Project::new(&text_of("one(1), two(2)"));
    assert!(project.record(&python, &["main.py"]).status.success());
    let first = project.show()["id"].as_str().unwrap_or_default().to_owned();
    project.write("main.py", &text_of("one('x'), two(2)"));
    assert!(project.record(&python, &["main.py"]).status.success());
    let both = signatures(&project, &[&first, "latest", "one"]);
    assert!(both.contains(&"def one(a: str | int) -> str | int".to_owned()), "{both:?}");
    project.write("main.py", &text_of("# new").replace("return b", "return b + 1").replace("Doc.", "New.\r\n"));
    let applied = project.connie(&["types", "--apply", "main.py"]);
    let said = text(&applied.stderr);
    assert!(said.contains("two: not annotated: it was edited since the recording"), "{said}");
    let after = std::fs::read_to_string(project.path("main.py")).expect("a file");
    assert!(after.contains("def one(a: str) -> str:\r\n") && after.contains("def two(b):\r\n"), "{after}");
    assert!(!after.replace("\r\n", "").contains('\n'), "{after:?}");
}
