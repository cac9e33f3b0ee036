//! `connie search` and `connie profile`.

use connie_tests::{Project, pythons, text};
use serde_json::Value;

const SHOP: &str = "class Shop:
    def sell(self, n):
        return n + self.tax(n)

    def tax(self, n):
        return n // 2


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


shop = Shop()
print('Total', shop.sell(4), end='')
print(' of', fib(8))
try:
    shop.sell(None)
except TypeError as error:
    print('refused:', error)
";

fn json(project: &Project, arguments: &[&str]) -> Value {
    let output = project.connie(arguments);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn recorded() -> Project {
    let project = Project::new(SHOP);
    let (_, python) = pythons().pop().expect("a Python");
    assert_eq!(project.record(&python, &["main.py"]).status.code(), Some(0));
    project
}

#[test]
fn a_text_is_found_wherever_it_stands() {
    let project = recorded();
    let found = json(&project, &["search", "total 6 of", "--format", "json"]);
    // Output that was printed in pieces is found as one line.
    assert_eq!(found["output"][0]["text"], "Total 6 of 21");
    assert_eq!(found["lines"], serde_json::json!([]));
    let step = found["output"][0]["step"].as_u64().expect("a step");
    let at = project.replay(&["--from", &step.to_string(), "--to", &step.to_string()]);
    assert_eq!(at[0]["event"], "output");
    let found = json(&project, &["search", "sell", "--format", "json"]);
    assert_eq!(found["functions"][0]["name"], "Shop.sell");
    assert_eq!(found["lines"].as_array().map(Vec::len), Some(3));
    let found = json(&project, &["search", "unsupported operand", "--format", "json"]);
    assert!(found["exceptions"][0]["text"].as_str().is_some_and(|text| text.starts_with("TypeError: ")), "{found}");
    // The search is case-sensitive.
    assert_eq!(project.connie(&["search", "TOTAL"]).status.code(), Some(1));
    assert_eq!(project.connie(&["search", "nowhere"]).status.code(), Some(1));
    let shown = text(&project.connie(&["search", "tax"]).stdout);
    assert!(shown.contains("Shop.tax  main.py:5") && shown.contains("main.py:3  return n + self.tax(n)"), "{shown}");
    let one = json(&project, &["search", "n", "--most", "1", "--format", "json"]);
    assert_eq!(one["lines"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_profile_counts_and_adds_up() {
    let project = recorded();
    let rows = json(&project, &["profile", "--format", "json"]);
    let row = |name: &str| {
        let all = rows.as_array().expect("rows");
        all.iter().find(|row| row["function"] == name).unwrap_or_else(|| panic!("no {name}: {rows}"))
    };
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    assert_eq!((number(row("Shop.sell"), "calls"), number(row("Shop.tax"), "calls")), (2, 2));
    assert_eq!(number(row("fib"), "calls"), 67);
    assert_eq!((number(row("Shop.tax"), "raised"), row("Shop.tax")["place"].as_str()), (1, Some("main.py:5")));
    let (all, own): (u64, u64) = (number(row("<module>"), "total"), {
        rows.as_array().expect("rows").iter().map(|row| number(row, "own")).sum()
    });
    assert!(own.abs_diff(all) <= 10 && number(row("fib"), "total") < all, "{rows}");
    let callers = json(&project, &["profile", "--callers", "tax", "--format", "json"]);
    assert_eq!((&callers[0]["called_by"], &callers[0]["calls"]), (&"Shop.sell".into(), &2.into()));
    assert!(callers[0]["time"].as_u64().expect("a time") <= number(row("Shop.sell"), "total"));
    // The time of a recursive call is included in that of the outermost call.
    let callers = json(&project, &["profile", "--callers", "fib", "--format", "json"]);
    let times: Vec<u64> = callers.as_array().expect("rows").iter().map(|row| number(row, "time")).collect();
    assert!(times.len() == 2 && times.iter().all(|time| *time <= number(row("fib"), "total")), "{callers}");
    let table = text(&project.connie(&["profile", "--top", "2", "--sort", "calls"]).stdout);
    assert!(table.lines().count() == 3 && table.lines().nth(1).is_some_and(|line| line.contains("fib")), "{table}");
    // Shares are relative to the whole time, whatever is shown.
    let shown = text(&project.connie(&["profile", "--top", "1"]).stdout);
    let share: f64 = shown.split(" %").next().and_then(|head| head.rsplit(' ').next()?.parse().ok()).expect("a share");
    assert!(share < 100.0, "{shown}");
    let missing = project.connie(&["profile", "--callers", "nobody"]);
    assert_eq!(missing.status.code(), Some(66));
    assert!(text(&missing.stderr).contains("no function nobody ran"), "{}", text(&missing.stderr));
}

#[test]
fn a_viewer_that_cannot_be_says_why() {
    let project = recorded();
    let said = |arguments: &[&str], code: i32, sentence: &str| {
        let output = project.connie(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(sentence), "{}", text(&output.stderr));
        assert_eq!(output.stdout, b"");
    };
    said(&["view", "nothing", "--no-browser"], 66, "there is no recording nothing");
    said(&["view", "./main.py", "--no-browser"], 65, "is not a connie recording");
    said(&["view", "--step", "3", "--no-browser"], 64, "RUN");
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    said(&["view", "--port", &port, "--no-browser"], 73, "choose another with --port");
}
