//! `connie export --test`: calls as tests, which pytest runs and which pass.

use std::path::Path;

use connie_tests::{Project, outermost_pythons, pytest_library, text};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

const SHOP: &str = r#"import asyncio
import dataclasses
import datetime
import enum
import random
import re
from collections import namedtuple


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Item:
    name: str
    price: float
    tags: list = dataclasses.field(default_factory=list)


Point = namedtuple("Point", "x y")


class Cart:
    def __init__(self, owner, limit=3):
        self.owner = owner
        self.limit = limit
        self.items = []

    def add(self, item, *, count=1):
        for _ in range(count):
            self.items.append(item)
        return self

    @property
    def total(self):
        return sum(item.price for item in self.items)

    @classmethod
    def empty(cls):
        return cls("nobody")

    @staticmethod
    def twice(x):
        return x * 2

    def __secret(self, a):
        return a + 1

    def use(self, a):
        return self.__secret(a)


def mixed(a, b=2, *args, key, **others):
    return [a, b, *args, key, others]


def fails(x):
    raise ValueError(f"bad (value) {x}")


def again():
    try:
        raise KeyError("first")
    except KeyError:
        try:
            raise OSError("second")
        except OSError:
            pass
        raise


def numbers(n):
    for i in range(n):
        yield i


def endless():
    n = 0
    while True:
        yield {"n": n}
        n += 1


def change(rows, seen):
    rows.append(len(rows))
    seen.add("x")
    return rows


async def later(x):
    await asyncio.sleep(0)
    return x + 1


def when(day, path, color, point):
    return {"day": day + datetime.timedelta(days=1), "path": path / "x", "color": color, "point": point}


def nan(x):
    return float("nan")


def nans(x):
    return [float("nan"), float("inf")]


def alias(a, b):
    a.append(1)
    return a is b[0]


def dice(n):
    print("rolling", n)
    return random.randrange(n) * 0


def login(user, password):
    return user == "bob"


def looped(a):
    return len(a)


def branch(n):
    if n > 2:
        return "big"
    return "small"


def many(*values):
    return list(values)


def found(text):
    return re.search("o+", text)


def plain(fn):
    return lambda *args: fn(*args)


@plain
def hidden(x):
    return x
"#;

const MAIN: &str = r#"import array
import asyncio
import collections
import datetime
import decimal
import fractions
import pathlib
import uuid

import shop


def local(item):
    return item.name


def main():
    cart = shop.Cart("ann")
    cart.add(shop.Item("tea", 2.5), count=2)
    cart.total
    shop.Cart.empty()
    shop.Cart.twice(4)
    cart.use(3)
    shop.mixed(1, 3, 4, 5, key="k", z=[1], **{"a-b": 2})
    shop.mixed(1, key=None)
    for fails in (lambda: shop.fails(3), shop.again):
        try:
            fails()
        except (ValueError, KeyError):
            pass
    list(shop.numbers(3))
    gives = shop.endless()
    next(gives), next(gives)
    shop.change([1, 2], {"a"})
    asyncio.run(shop.later(3))
    shop.when(datetime.date(2024, 1, 2), pathlib.Path("/tmp"), shop.Color.RED, shop.Point(1, 2))
    shop.nan(1)
    shop.nans(1)
    both = []
    shop.alias(both, [both])
    shop.dice(6)
    shop.login("bob", "hunter2")
    cycle = []
    cycle.append(cycle)
    shop.looped(cycle)
    shop.looped("x" * 100_000)
    for n in range(5):
        shop.branch(n)
    shop.found("foo")
    shop.hidden(1)
    local(shop.Item("x", 1))
    shop.many(
        1, -5, 2**80, -(2**70), 1.5, float("inf"), -0.0, 1j, complex(2, -0.0), "a\n'\"\x00é\ud800", b"\xff'", True, None,
        ..., (1, 2), (1,), (), [1, [2]], {1, 2}, set(), frozenset({1}), frozenset(), {"a": [1]}, bytearray(b"ab"),
        range(1, 10, 2), slice(1, None, 2), int, len, ValueError,
    )
    shop.many(
        collections.deque([1], 3), collections.OrderedDict(a=1), collections.defaultdict(list, {1: [2]}),
        collections.Counter("aab"), array.array("i", [1]), datetime.datetime(2024, 1, 2, 3, 4, 5, 6),
        datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "X")), datetime.time(1, 2),
        datetime.timedelta(days=1, seconds=2), datetime.timezone.utc, decimal.Decimal("1.50"), fractions.Fraction(1, 3),
        uuid.UUID(int=5), pathlib.PurePosixPath("x"), shop.Color.BLUE, shop.Item("a", 1.0), shop.Point(1, [2]), cart,
    )


if __name__ == "__main__":
    main()
"#;

/// What pytest says of all tests in the project, in a line.
fn verdict(project: &Project, library: &Path, python: &Path) -> String {
    let mut command = project.command(python, &["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    let output = command.env("PYTHONPATH", library).env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it runs");
    let printed = text(&output.stdout);
    assert!(!printed.contains("failed") && !printed.contains("error"), "{printed}{}", text(&output.stderr));
    printed.lines().last().unwrap_or_default().split(" in ").next().unwrap_or_default().to_owned()
}

/// The test of a function, in its own file, and its exit code.
fn exported(project: &Project, name: &str, more: &[&str]) -> (String, Option<i32>) {
    let file = format!("test_{}.py", name.replace('.', "_"));
    let output = project.connie(&[&["export", "--force", "--test", name, "-o", &file], more].concat());
    let made = std::fs::read_to_string(project.path(&file)).unwrap_or_default();
    assert!(!made.is_empty(), "{name}: {}", text(&output.stderr));
    (made, output.status.code())
}

#[test]
fn generated_tests_pass() {
    let Some(library) = pytest_library() else { return };
    for (minor, python) in outermost_pythons() {
        let project = Project::new(MAIN);
        project.write("shop.py", SHOP);
        let ran = project.record(&python, &["main.py"]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        let functions = [
            ("Cart.__init__", &["result = shop.Cart(\"ann\", limit=3)", "same(result, rebuilt("][..]),
            ("Cart.add", &["cart.add(item, count=2)", "assert result is cart", "# It changes cart."]),
            ("Cart.total", &["result = cart.total", "assert result == 5.0"]),
            ("Cart.empty", &["result = shop.Cart.empty()"]),
            ("Cart.twice", &["result = shop.Cart.twice(4)", "assert result == 8"]),
            ("__secret", &["cart._Cart__secret(3)"]),
            ("mixed", &["shop.mixed(1, 3, 4, 5, key=\"k\", z=z, **{\"a-b\": 2})"]),
            ("fails", &["with pytest.raises(ValueError, match=re.escape(\"bad (value) 3\")):"]),
            ("again", &["pytest.raises(KeyError"]),
            ("numbers", &["list(shop.numbers(3))", "assert result == [0, 1, 2]"]),
            ("endless", &["list(itertools.islice(shop.endless(), 2))"]),
            ("change", &["assert result is rows", "assert rows == [1, 2, 2]"]),
            ("later", &["asyncio.run(shop.later(3))"]),
            ("when", &["datetime.date(2024, 1, 2), pathlib.Path(\"/tmp\"), shop.Color.RED, point"]),
            ("nan", &["assert math.isnan(result)"]),
            ("nans", &["same(result, [float(\"nan\"), float(\"inf\")])"]),
            ("alias", &["a = []", "b = [a]", "assert result is True"]),
            ("dice", &["# It printed 'rolling 6\\n'.", "random.randrange is called"]),
            ("many", &["1208925819614629174706176", "complex(2.0, -0.0)", "\\ud800", "float(\"inf\")"]),
            ("local", &["main = load(\"main\", pathlib.Path(__file__).parent / \"main.py\")", "main.local(item)"]),
        ];
        for (name, wanted) in functions {
            let (made, code) = exported(&project, name, &[]);
            assert_eq!(code, Some(0), "3.{minor} {name}: {made}");
            for words in wanted {
                assert!(made.contains(words), "3.{minor} {name}: {words}\n{made}");
            }
        }
        let made = text(&project.connie(&["export", "--test", "many", "--call", "2", "-o", "-"]).stdout);
        assert!(made.contains("items=[shared, shared]") && !made.contains("skip"), "3.{minor}: {made}");
        project.write("test_library.py", &made);
        let counted = functions.len() + 1;
        assert_eq!(verdict(&project, &library, &python), format!("{counted} passed"), "3.{minor}");
    }
}

#[test]
fn what_is_not_known_is_skipped_with_the_reason() {
    let Some(library) = pytest_library() else { return };
    let (minor, python) = outermost_pythons().remove(0);
    let project = Project::new(MAIN);
    project.write("shop.py", SHOP);
    assert!(project.record(&python, &["main.py"]).status.success());
    for (name, call, why) in [
        ("login", "1", "password: it is redacted"),
        ("login", "1", "# user = \"bob\""),
        ("looped", "1", "a: it contains itself"),
        ("looped", "2", "a: a text in it was recorded in part"),
        ("found", "1", "a Match was recorded as a text"),
        ("hidden", "1", "decorated by plain"),
        ("main", "1", ""),
    ] {
        let (made, code) = exported(&project, name, &["--call", call]);
        if why.is_empty() {
            assert_eq!(code, Some(0), "{made}");
            continue;
        }
        assert_eq!(code, Some(1), "3.{minor} {name}: {made}");
        assert!(made.contains("@pytest.mark.skip(") && made.contains(why), "3.{minor} {name}: {why}\n{made}");
        assert!(!made.contains("hunter2"), "{made}");
    }
    std::fs::remove_file(project.path("test_main.py")).expect("a file");
    assert_eq!(verdict(&project, &library, &python), "4 skipped");
    let (made, _) = exported(&project, "branch", &["--calls", "5"]);
    assert_eq!(made.matches("def test_branch_call_").count(), 2, "{made}");
    let refused = project.connie(&["export", "--test", "branch", "--call", "9", "-o", "-"]);
    assert_eq!(refused.status.code(), Some(66));
    assert!(text(&refused.stderr).contains("branch was not called 9 times in this recording"));
}

#[test]
fn a_program_without_a_guard_is_not_run_by_its_tests() {
    let (_, python) = outermost_pythons().pop().expect("a Python");
    let project = Project::new("def double(x):\n    return 2 * x\n\n\nprint(double(4))\n");
    assert!(project.record(&python, &["main.py"]).status.success());
    let (made, code) = exported(&project, "double", &[]);
    assert_eq!(code, Some(1), "{made}");
    assert!(made.contains("importing main.py would run the program: line 5") && !made.contains("load("), "{made}");
}

/// Python expressions of literals.
fn literal() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (any::<u128>(), any::<bool>()).prop_map(|(n, minus)| format!("{}{n}", if minus { "-" } else { "" })),
        any::<f64>().prop_map(|n| if n.is_finite() {
            format!("{n:?}")
        } else {
            format!("float('{n}')").to_lowercase()
        }),
        prop::collection::vec(0u32..0x11_0000, 0..6).prop_map(|points| {
            let escaped: String = points.iter().map(|point| format!("\\U{point:08x}")).collect();
            format!("'{escaped}'")
        }),
        "[ -~]{0,8}".prop_map(|text| format!("{text:?}").replace("\\u{", "\\x7b")),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| {
            format!("b'{}'", bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>())
        }),
        Just("None".to_owned()),
        Just("True".to_owned()),
        Just("-0.0".to_owned()),
        (any::<i8>(), any::<i8>()).prop_map(|(a, b)| format!("complex({a}, {b})")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let items = prop::collection::vec(inner, 0..4).prop_map(|items| items.join(", "));
        (items, 0..4).prop_map(|(items, kind)| match kind {
            0 => format!("[{items}]"),
            1 if items.is_empty() => "()".to_owned(),
            1 => format!("({items},)"),
            2 => format!("dict(enumerate([{items}]))"),
            _ => format!("[({items}{})]", if items.is_empty() { "" } else { "," }),
        })
    })
}

/// A literal that is recorded and written again makes an equal value with the same repr.
#[test]
fn literals_make_what_was_recorded() {
    let mut runner = TestRunner::new_with_rng(
        Config { failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let values: Vec<String> =
        (0..150).map(|_| literal().new_tree(&mut runner).map(|tree| tree.current()).expect("a value")).collect();
    for (minor, python) in outermost_pythons() {
        let calls: String = values.iter().map(|value| format!("    keep({value})\n")).collect();
        let main = format!(
            "def keep(value):\n    return value\n\n\ndef main():\n{calls}\n\nif __name__ == '__main__':\n    main()\n"
        );
        let project = Project::new(&main);
        let ran = project.record(&python, &["main.py"]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        let made = literals(&project, values.len());
        let script = format!(
            "wrong = []\nvalues = [{}]\nmade = [{}]\nassert len(values) == len(made)\nfor one, other in zip(values, made):\n    \
             if repr(one) != repr(other) or type(one) is not type(other):\n        wrong.append((one, other))\nprint(ascii(wrong))\n",
            values.join(", "),
            made.join(", ")
        );
        project.write("check.py", &script);
        let output = project.command(&python, &["check.py"]).output().expect("Python");
        assert_eq!(text(&output.stdout).trim(), "[]", "3.{minor}: {}", text(&output.stderr));
    }
}

/// The literals of the first argument of all calls of `keep`, in order.
fn literals(project: &Project, count: usize) -> Vec<String> {
    use connie_history::literal::{Imports, Literals, Program};
    use connie_history::moment::Modules;
    use connie_history::timeline::Timeline;
    use connie_recording::player::{Event, Player};
    use connie_recording::render::World;
    let listed = text(&project.connie(&["list", "--format", "json"]).stdout);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let id = listed[0]["id"].as_str().expect("an id");
    let path = project.path(&format!(".connie/{id}.connie"));
    let recording = connie_recording::Recording::open(&path).expect("a recording");
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = connie_history::History { recording: &recording, timeline: &timeline, modules: &modules };
    let program = Program::new(history);
    let mut imports = Imports::new(&[], "main");
    let mut player = Player::new(&recording);
    let mut made = Vec::new();
    while let Some(step) = player.next_step() {
        let Some(frame) = step.frame.filter(|_| step.event == Event::Call) else { continue };
        if recording.function(frame.code).is_some_and(|function| function.name == "keep") {
            let value = player.entity(frame.frame).expect("a frame").items[0].clone();
            let node = Literals::new(&player, &program, &mut imports).node(&value).expect("a literal");
            made.push(node.layout(0, "", 0));
        }
    }
    assert_eq!(made.len(), count);
    made
}
