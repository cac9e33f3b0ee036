//! `connie sql`: the results of queries match what the program did.

use std::path::Path;

use connie_tests::{Project, pythons, text, usual_python};
use serde_json::Value;

const PROGRAM: &str = r#"
import asyncio
import threading


class Cart:
    def __init__(self):
        self.items = []

    def add(self, n, price=1.5):
        self.items.append((n, price))
        return len(self.items)


def price(n):
    return n * 10


def total(cart):
    result = 0
    for n, each in cart.items:
        result += n * each
    return result


def numbers(n):
    for i in range(n):
        yield i


async def work(n):
    await asyncio.sleep(0)
    return n * 2


async def main():
    return await asyncio.gather(work(1), work(2))


cart = Cart()
for i in range(3):
    cart.add(i, price=price(i))
print(total(cart), list(numbers(3)), asyncio.run(main()))
thread = threading.Thread(target=cart.add, args=(9,), name="adder")
thread.start()
thread.join()


def bad(x):
    return 1 / x


try:
    bad(0)
except ZeroDivisionError as error:
    print(error)
bad(int("0"))
"#;

fn recorded(python: &Path) -> Project {
    let project = Project::new(PROGRAM);
    project.record(python, &["main.py"]);
    project
}

/// The rows of a query, as lists of cells without column names.
fn ask(project: &Project, query: &str) -> Vec<Vec<Value>> {
    let output = project.connie(&["sql", "--format", "jsonl", query]);
    assert!(output.status.success(), "{query}: {}", text(&output.stderr));
    let row = |line: &str| match serde_json::from_str(line).expect("JSON") {
        Value::Object(row) => row.into_iter().map(|(_, cell)| cell).collect(),
        other => panic!("{other}"),
    };
    text(&output.stdout).lines().map(row).collect()
}

fn texts(rows: Vec<Vec<Value>>) -> Vec<String> {
    let cell = |cell: Value| if let Value::String(text) = cell { text } else { cell.to_string() };
    rows.into_iter().map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn tables_hold_what_the_program_did() {
    for (minor, python) in pythons() {
        let project = recorded(&python);
        let asked = |query: &str| texts(ask(&project, query));
        assert_eq!(asked("SELECT program, outcome, exit_code FROM runs"), ["main.py exception 1"], "3.{minor}");
        let calls = "SELECT function, arguments, result, exception, thread, task FROM calls \
            WHERE file = 'main.py' AND function NOT IN ('<module>', 'Cart', 'main') ORDER BY first_step";
        assert_eq!(
            asked(calls),
            [
                r#"Cart.__init__ {"self":"<Cart>"} None null MainThread null"#,
                r#"price {"n":"0"} 0 null MainThread null"#,
                r#"Cart.add {"self":"<Cart items=[]>","n":"0","price":"0"} 1 null MainThread null"#,
                r#"price {"n":"1"} 10 null MainThread null"#,
                r#"Cart.add {"self":"<Cart items=[(0, 0)]>","n":"1","price":"10"} 2 null MainThread null"#,
                r#"price {"n":"2"} 20 null MainThread null"#,
                r#"Cart.add {"self":"<Cart items=[(0, 0), (1, 10)]>","n":"2","price":"20"} 3 null MainThread null"#,
                r#"total {"cart":"<Cart items=[(0, 0), (1, 10), (2, 20)]>"} 50 null MainThread null"#,
                r#"numbers {"n":"3"} None null MainThread null"#,
                r#"work {"n":"1"} 2 null MainThread Task-2"#,
                r#"work {"n":"2"} 4 null MainThread Task-3"#,
                r#"Cart.add {"self":"<Cart items=[(0, 0), (1, 10), (2, 20)]>","n":"9","price":"1.5"} 4 null adder null"#,
                r#"bad {"x":"0"} null ZeroDivisionError: division by zero MainThread null"#,
                r#"bad {"x":"0"} null ZeroDivisionError: division by zero MainThread null"#,
            ],
            "3.{minor}"
        );
        let writes = "SELECT line, old, new FROM writes WHERE function = 'total' AND name = 'result'";
        assert_eq!(asked(writes), ["20 null 0", "22 0 10", "22 10 50"], "3.{minor}");
        let hits = "SELECT line, hits, trim(text) FROM hits WHERE file = 'main.py' AND line BETWEEN 20 AND 23";
        let expected =
            ["20 1 result = 0", "21 4 for n, each in cart.items:", "22 3 result += n * each", "23 1 return result"];
        assert_eq!(asked(hits), expected, "3.{minor}");
        let held = "SELECT v.level, v.function, v.name, v.value, v.type FROM exceptions e JOIN values_at v \
            ON v.run = e.run AND v.step = e.step WHERE e.uncaught AND v.name IN ('x', 'i') ORDER BY v.level";
        assert_eq!(asked(held), ["0 bad x 0 int", "1 <module> i 2 int"], "3.{minor}");
        let raised = "SELECT type, text, function, line, uncaught, traceback FROM exceptions";
        let both = |uncaught: u8, line: u32| {
            format!("ZeroDivisionError division by zero bad 50 {uncaught} main.py:{line} <module>\nmain.py:50 bad")
        };
        assert_eq!(asked(raised), [both(0, 54), both(1, 57)], "3.{minor}");
        let printed = "SELECT group_concat(text, '') FROM output WHERE stream = 'stdout'";
        assert_eq!(asked(printed), ["50 [0, 1, 2] [2, 4]\ndivision by zero\n"], "3.{minor}");
        assert_eq!(asked("SELECT thread FROM threads"), ["MainThread", "adder"], "3.{minor}");
        assert_eq!(asked("SELECT task FROM tasks"), ["Task-1", "Task-2", "Task-3"], "3.{minor}");
        assert_eq!(asked("SELECT count(*) FROM objects WHERE type = '__main__.Cart'"), ["1"], "3.{minor}");
        let edges = "SELECT c.function, f.function, count(*) FROM calls f JOIN calls c \
            ON c.run = f.run AND c.frame = f.caller WHERE f.function = 'price' GROUP BY 1, 2";
        assert_eq!(asked(edges), ["<module> price 3"], "3.{minor}");
    }
}

/// A condition that a table uses gives the same rows as if only SQLite evaluates it: `+column` is a term that tables do
/// not see.
#[test]
fn conditions_that_save_reading_lose_no_row() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    let columns = [
        ("steps", "step", &["7", "30.5", "-1", "NULL", "999999"][..]),
        ("steps", "event", &["'line'", "'call'", "'raise'", "'none'", "3", "NULL"]),
        ("steps", "thread", &["'MainThread'", "'adder'", "'x'"]),
        ("steps", "frame", &["1", "9", "0", "NULL"]),
        ("steps", "function", &["'total'", "'<module>'", "'x'", "NULL"]),
        ("steps", "file", &["'main.py'", "'other.py'"]),
        ("steps", "line", &["22", "45.5", "0"]),
        ("calls", "function", &["'Cart.add'", "'x'"]),
        ("calls", "file", &["'main.py'", "'x'"]),
        ("writes", "step", &["30", "60"]),
        ("writes", "function", &["'total'", "'x'"]),
        ("writes", "name", &["'result'", "'i'", "NULL"]),
        ("hits", "file", &["'main.py'", "'x'"]),
        ("exceptions", "step", &["90", "110"]),
        ("output", "step", &["80", "83", "84"]),
        ("functions", "function", &["'total'", "'x'"]),
        ("sources", "file", &["'main.py'", "'x'"]),
        ("objects", "type", &["'__main__.Cart'", "'list'"]),
        ("values_at", "step", &["30", "31.5", "100", "0", "NULL"]),
        ("values_at", "name", &["'i'", "'x'"]),
        ("values_at", "level", &["0", "1", "5"]),
    ];
    let mut halves: Vec<String> = Vec::new();
    for (table, column, values) in columns {
        for value in values {
            for sign in ["=", "<", "<=", ">", ">="] {
                let line = if table == "steps" && column == "line" { "event = 'line' AND" } else { "" };
                let counted = |term: &str| {
                    format!(
                        "(SELECT count(*) || '/' || coalesce(sum(length({column})), 0) FROM {table} WHERE {line} {term} {sign} {value})"
                    )
                };
                halves.push(format!(
                    "SELECT '{table}.{column} {sign} ' || {} AS asked, {} AS narrowed, {} AS whole",
                    "quote(".to_owned() + value + ")",
                    counted(column),
                    counted(&format!("+{column}")),
                ));
            }
        }
    }
    for some in halves.chunks(60) {
        for row in ask(&project, &some.join(" UNION ALL ")) {
            assert_eq!(row[1], row[2], "{}", row[0]);
        }
    }
}

#[test]
fn queries_only_read() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    for refused in [
        "DELETE FROM steps",
        "INSERT INTO steps VALUES (1)",
        "CREATE TABLE t(x)",
        "CREATE TEMP TABLE t(x)",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE steps",
        "ATTACH 'x.db' AS x",
        "PRAGMA user_version = 3",
        "PRAGMA writable_schema = 1",
        "VACUUM INTO 'x.db'",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_database_list",
        "SELECT 1; DELETE FROM steps",
        "",
        "nonsense of words",
    ] {
        let output = project.connie(&["sql", "latest", refused]);
        assert_eq!(output.status.code(), Some(64), "{refused}: {} {}", text(&output.stdout), text(&output.stderr));
        assert!(text(&output.stderr).starts_with("connie: "), "{refused}: {}", text(&output.stderr));
    }
    assert!(!project.path("x.db").exists());
}

#[test]
fn every_format_holds_the_rows() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    let asked = |format: &str, query: &str| {
        let output = project.connie(&["sql", "--format", format, query]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let query = "SELECT line, text FROM hits WHERE line IN (20, 23)";
    assert_eq!(asked("csv", query), "line,text\n20,    result = 0\n23,    return result\n");
    let array: Value = serde_json::from_str(&asked("json", query)).expect("an array");
    assert_eq!(array[1]["text"], "    return result");
    assert_eq!(asked("jsonl", query).lines().count(), 2);
    assert!(asked("table", query).contains("LINE"));
    let none = "SELECT line FROM hits WHERE line = 0";
    assert_eq!(
        (asked("csv", none), asked("json", none), asked("jsonl", none)),
        ("line\n".into(), "[]\n".into(), String::new())
    );
    assert!(asked("table", "SELECT char(27) || '[31m' AS colour").contains(r"\x1b[31m"));
}

#[test]
fn several_recordings_are_asked_at_once() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    project.write("other.py", "x = 1\nprint(x)\n");
    project.record(&python, &["other.py"]);
    let output =
        project.connie(&["sql", "--all", "--format", "csv", "SELECT program, outcome FROM runs ORDER BY program"]);
    assert_eq!(text(&output.stdout), "program,outcome\nmain.py,exception\nother.py,ok\n");
    let joined = "SELECT count(DISTINCT run) AS runs, count(*) FROM hits WHERE line = 2 OR line = 20";
    let output = project.connie(&["sql", "--all", "--format", "csv", joined]);
    assert!(text(&output.stdout).starts_with("runs,count(*)\n2,"), "{}", text(&output.stdout));
}

/// The queries in the documentation of the tables return rows.
#[test]
fn queries_of_the_documentation_work() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sql.md")).expect("the page");
    let queries: Vec<&str> = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(queries.len(), 12);
    for query in queries {
        assert!(!ask(&project, query).is_empty(), "{query}");
    }
}

/// A call that an exception leaves has the exception. A caught one that was raised on the way is not mistaken for it.
#[test]
fn calls_name_the_exception_that_left_them() {
    let program = r#"
class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, *a):
        try:
            raise KeyError("caught")
        except KeyError:
            return False


def risky(n):
    raise ValueError("too big")


def service(n):
    return risky(n)


def within(n):
    with Quiet():
        raise RuntimeError("real")


def ending(n):
    try:
        raise OSError("left")
    finally:
        try:
            raise KeyError("finally")
        except KeyError:
            pass


def fine(n):
    try:
        service(n)
    except ValueError:
        return 1


for call in (service, within, ending, fine):
    try:
        call(3)
    except Exception:
        pass
"#;
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["main.py"]);
        let query =
            "SELECT function, result, exception FROM calls WHERE arguments = '{\"n\":\"3\"}' ORDER BY first_step";
        assert_eq!(
            texts(ask(&project, query)),
            [
                "service null ValueError: too big",
                "risky null ValueError: too big",
                "within null RuntimeError: real",
                "ending null OSError: left",
                "fine 1 null",
                "service null ValueError: too big",
                "risky null ValueError: too big",
            ],
            "3.{minor}"
        );
        let service = "SELECT count(*) FROM calls WHERE function = 'SERVICE' COLLATE NOCASE";
        assert_eq!(texts(ask(&project, service)), ["2"], "3.{minor}");
    }
}

#[test]
fn what_cannot_be_read_is_left_out_of_all() {
    let (_, python) = usual_python();
    let project = recorded(&python);
    project.write(".connie/20200101-000000-aaaa.connie", "nothing of ours");
    let output = project.connie(&["sql", "--all", "--format", "csv", "SELECT program FROM runs"]);
    assert_eq!(text(&output.stdout), "program\nmain.py\n");
    assert!(text(&output.stderr).contains("20200101-000000-aaaa.connie is not a connie recording"));
}
