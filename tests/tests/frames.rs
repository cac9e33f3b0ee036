//! Frames of pandas and polars, and arrays of numpy: shape, types and first items.

use std::collections::HashMap;
use std::path::PathBuf;

use connie_expression::{Expression, Got, Problem, text as shown};
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::render::Bounds;
use connie_tests::{Project, text, usual_python};

/// Variables, their values, and how they are shown.
const VALUES: [(&str, &str, &str); 24] = [
    ("stamp", "pd.Timestamp('2024-01-02 03:04:05.000000006')", "Timestamp(2024, 1, 2, 3, 4, 5, nanosecond=6)"),
    ("span", "pd.Timedelta(1500, 'ns')", "Timedelta(microseconds=1, nanoseconds=500)"),
    ("blink", "pd.Timedelta(7, 'ns')", "Timedelta(nanoseconds=7)"),
    ("never", "pd.NaT", "NaT"),
    (
        "when",
        "pd.DataFrame({'t': pd.to_datetime(['2024-01-02', None]), 'd': pd.to_timedelta([1, 2], unit='s')})",
        "<DataFrame shape=(2, 2) t: datetime64[ns] ['2024-01-02T00:00:00', 'NaT'] d: timedelta64[ns] [1000000000, 2000000000]>",
    ),
    ("days", "when['t']", "<Series shape=(2,) dtype=datetime64[ns] name=t ['2024-01-02T00:00:00', 'NaT']>"),
    ("zoned", "days.dt.tz_localize('UTC')", "<Series shape=(2,) dtype=datetime name=t>"),
    ("flat", "np.array([1, 2, 3], dtype=np.int16)", "<ndarray shape=(3,) dtype=int16 [1, 2, 3]>"),
    ("turned", "np.arange(6.0).reshape(2, 3).T", "<ndarray shape=(3, 2) dtype=float64 [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]>"),
    ("mixed", "np.array([1, 'x', [2]], dtype=object)", "<ndarray shape=(3,) dtype=object [1, 'x', [2]]>"),
    (
        "frame",
        "pd.DataFrame({'n': [1, 2], 'f': [0.5, None], 't': pd.date_range('2020', periods=2)})",
        "<DataFrame shape=(2, 3) n: int64 [1, 2] f: float64 [0.5, nan] t: datetime64[ns] ['2020-01-01T00:00:00', '2020-01-02T00:00:00']>",
    ),
    ("strs", "pd.DataFrame({'s': ['x', 'y']}, dtype=object)", "<DataFrame shape=(2, 1) s: object ['x', 'y']>"),
    ("long", "pd.DataFrame({'n': range(9)})", "<DataFrame shape=(9, 1) n: int64 [0, 1, 2, 3, 4, …]>"),
    ("none", "pd.DataFrame()", "<DataFrame shape=(0, 0)>"),
    ("hidden", "pd.DataFrame({'password': ['p']}, dtype=object)", "<DataFrame shape=(1, 1) password: object>"),
    (
        "levels",
        "pd.DataFrame({('a', 'b'): [1], ('a', 'c'): [2]})",
        "<DataFrame shape=(1, 2) 0: int64 [1] 1: int64 [2]>",
    ),
    ("series", "frame['n'] * 2", "<Series shape=(2,) dtype=int64 name=n [2, 4]>"),
    ("kinds", "pd.Series(['u', 'v'], dtype='category')", "<Series shape=(2,) dtype=categorical>"),
    ("derived", "Derived({'q': [1]})", "<Derived shape=(1, 1) q: int64 [1]>"),
    (
        "bears",
        "pl.DataFrame({'n': [1, 2], 's': ['x', None]})",
        "<DataFrame shape=(2, 2) n: i64 [1, 2] s: str ['x', None]>",
    ),
    ("few", "bears.filter(pl.col('n') > 1)", "<DataFrame shape=(1, 2) n: i64 [2] s: str [None]>"),
    ("column", "bears['s']", "<Series shape=(2,) name=s dtype=str ['x', None]>"),
    ("dates", "bears.select(d=pl.lit(1).cast(pl.Date))", "<DataFrame shape=(1, 1) d: date>"),
    ("day", "dates['d']", "<Series shape=(1,) name=d dtype=date>"),
];

#[test]
fn frames_show_shape_types_and_first_items() {
    let Some(packages) = std::env::var_os("CONNIE_TEST_FRAMES").map(PathBuf::from) else {
        println!("skipped: CONNIE_TEST_FRAMES does not name a folder with numpy, pandas and polars");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    };
    let lines: String = VALUES.iter().map(|(name, made, _)| format!("{name} = {made}\n")).collect();
    let project = Project::new(&format!(
        "import numpy as np, pandas as pd, polars as pl\nclass Derived(pd.DataFrame):\n    pass\n{lines}\
         frame.loc[0, 'n'] = 7\nflat[1] = 8\ndone = 1\n\
         column = np.arange(3)\nshared = pd.DataFrame({{'n': column}}, copy=False)\ncolumn[0] = 9\ndone = 2\n"
    ));
    // The packages were fetched for this interpreter.
    let (_, python) = usual_python();
    let mut run = project.command(&connie_tests::connie(), &["run", "--quiet", "--python"]);
    let output = run.arg(&python).arg("main.py").env("PYTHONPATH", packages).output().expect("connie runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (mut first, mut last) = (HashMap::new(), HashMap::new());
    for step in project.replay(&["--max-string", "500"]) {
        for (name, value) in step["locals"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().to_owned();
            first.entry(name.clone()).or_insert_with(|| value.clone());
            last.insert(name.clone(), value);
        }
    }
    for (name, made, shown) in VALUES {
        assert_eq!(first.get(name).map(String::as_str), Some(shown), "{name} = {made}");
    }
    // Changes in place are recorded.
    assert!(last["frame"].contains("n: int64 [7, 2]"), "{}", last["frame"]);
    assert!(last["shared"].contains("n: int64 [9, 1, 2]"), "{}", last["shared"]);
    assert_eq!(last["flat"], "<ndarray shape=(3,) dtype=int16 [1, 8, 3]>");
}

/// Values that are compared with each other.
const NUMBERS: [&str; 16] = [
    "np.int8(-5)",
    "np.uint8(200)",
    "np.int64(2**53 + 1)",
    "np.uint64(2**64 - 1)",
    "np.float64(2.5)",
    "np.float64('nan')",
    "np.float64(2.0**53)",
    "np.float32(0.1)",
    "np.True_",
    "np.False_",
    "2.5",
    "0.1",
    "-5",
    "2**53",
    "True",
    "None",
];

/// Other questions about them, and about arrays.
const QUESTIONS: [&str; 24] = [
    "not X",
    "bool(X)",
    "int(X)",
    "float(X)",
    "str(X)",
    "repr(X)",
    "f'{X}'",
    "f'{X:.2f}'",
    "f'{X:>8}'",
    "format(X, 'd')",
    "X + 1",
    "X in [1, 2.5, -5]",
    "max([X, 1])",
    "-X",
    "X.shape",
    "len(a)",
    "a.shape",
    "a.shape[1] == 3",
    "a.ndim",
    "a.size",
    "len(flat)",
    "flat.shape",
    "frame.shape",
    "len(frame)",
];

/// What is asked of cells: all of these are answered.
const CELLS: [&str; 32] = [
    "flat[3]",
    "flat[-1]",
    "flat[9]",
    "flat[0, 1]",
    "flat[0] == 0",
    "flat[1] < 1.5",
    "flat[1] in [1, 2]",
    "flat[flat[2]]",
    "flat[2] + 40",
    "flat[2] * flat[3] - 1.5",
    "flat[4] / flat[2]",
    "a[1, 2]",
    "a[1][2]",
    "a[-2, -3] == 0",
    "a[2, 0]",
    "a[0][3]",
    "int(a[0, 0])",
    "float(flat[4])",
    "str(flat[4])",
    "f'{a[0, 0]:.2f}'",
    "not a[0, 0]",
    "flat[1] is None",
    "flat[1] == None",
    "truths[0]",
    "truths[1] == True",
    "names[1] == 'y'",
    "frame['n'].iloc[1]",
    "frame.iloc[2, 0] > 2",
    "frame.iat[0, 0]",
    "frame['z']",
    "row.iloc[-1]",
    "bears['s'][0]",
];
/// What is not known of cells, or is code of the library.
const REFUSED: [&str; 12] = [
    "a[0]",
    "flat[True]",
    "flat[4] // 2",
    "small[0] == 0.1",
    "small[0] + 1",
    "flat[1] == [1]",
    "frame['n']",
    "frame['n'][0]",
    "row[0]",
    "repr(flat[1])",
    "{flat[1]: 2}",
    "flat[1] / 0",
];

#[test]
fn numbers_and_shapes_are_evaluated_as_numpy_does() {
    let Some(packages) = std::env::var_os("CONNIE_TEST_FRAMES").map(PathBuf::from) else {
        println!("skipped: CONNIE_TEST_FRAMES does not name a folder with numpy, pandas and polars");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    };
    let mut expressions = Vec::new();
    for (n, _) in NUMBERS.iter().enumerate() {
        for (m, _) in NUMBERS.iter().enumerate() {
            expressions.extend(["<", "<=", "==", "!="].map(|op| format!("v{n} {op} v{m}")));
        }
        expressions.extend(QUESTIONS.iter().map(|question| question.replace('X', &format!("v{n}"))));
    }
    expressions.extend(CELLS.iter().chain(&REFUSED).map(|question| (*question).to_owned()));
    let bound: String = NUMBERS.iter().enumerate().map(|(n, made)| format!("v{n} = {made}\n")).collect();
    let variables = format!(
        "import numpy as np, pandas as pd, polars as pl\n{bound}a = np.zeros((2, 3))\nflat = np.arange(5)\n\
         frame = pd.DataFrame({{'n': [1, 2, 3]}})\nrow = frame['n'] * 2\ntruths = np.array([False, True])\n\
         names = np.array(['x', 'y'])\nsmall = np.array([0.1], dtype=np.float32)\n\
         bears = pl.DataFrame({{'s': ['u', None]}})\n"
    );
    let project = Project::new(&format!("{variables}done = 1\n"));
    project.write(
        "ask.py",
        &format!(
            "{variables}import sys\nfor line in sys.stdin:\n    try:\n        print(repr(eval(line)).replace('\\n', ' '))\n    \
             except Exception as error:\n        print(type(error).__name__)\n"
        ),
    );
    project.write("questions", &expressions.join("\n"));
    let (_, python) = usual_python();
    let mut ask = project.command(&python, &["-W", "ignore", "ask.py"]);
    ask.env("PYTHONPATH", &packages).stdin(std::fs::File::open(project.path("questions")).expect("a file"));
    let answers = text(&ask.output().expect("python runs").stdout);
    let mut run = project.command(&connie_tests::connie(), &["run", "--quiet", "--output", "run.connie", "--python"]);
    let output = run.arg(&python).arg("main.py").env("PYTHONPATH", packages).output().expect("connie runs");
    assert!(output.status.success(), "{}", text(&output.stderr));

    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let moment = Moment::at(&recording, recording.info.steps).expect("the last step");
    let scope = moment.scope(moment.step.frame.expect("a frame"), None);
    let (mut same, mut wrong) = (0, Vec::new());
    assert_eq!(answers.lines().count(), expressions.len(), "{answers}");
    for (expression, truth) in expressions.iter().zip(answers.lines()) {
        match Expression::parse(expression).and_then(|parsed| parsed.eval(&scope)) {
            Err(Problem::NotEvaluated(why)) => {
                assert!(!CELLS.contains(&expression.as_str()), "{expression} is {truth}, not {why}");
            }
            Err(Problem::Raised(error)) if error.starts_with(truth) => same += 1,
            Ok(value) => {
                let shown = shown(&moment.player, &value, Bounds::default());
                // Numbers of numpy are compared to its truth values; its cells show as Python's values.
                let plain = truth.trim_start_matches("np.").trim_end_matches('_');
                let cell = plain.split_once('(').map(|(_, value)| value.trim_end_matches(')'));
                if shown == truth || shown == plain || matches!(value, Got::Scalar(..)) && Some(&*shown) == cell {
                    same += 1;
                } else {
                    wrong.push((expression, truth, shown));
                }
            }
            Err(other) => wrong.push((expression, truth, format!("{other:?}"))),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for refused in REFUSED {
        let found = Expression::parse(refused).and_then(|parsed| parsed.eval(&scope));
        assert!(matches!(found, Err(Problem::NotEvaluated(_))), "{refused}: {found:?}");
    }
    println!("{same} of {} were evaluated", expressions.len());
    assert!(same > 700, "{same} of {}", expressions.len());
}

/// A program that changes arrays and frames.
const CHANGES: &str = "import numpy as np
import pandas as pd
def normalise(part):
    part -= part.mean()
    return part
def change(frame):
    frame.loc[1, 'a'] = 20
    frame['c'] = frame['a'] * 2
    frame.drop(index=0, inplace=True)
data = np.arange(6, dtype=float)
normalise(data[:3])
grid = np.arange(6).reshape(2, 3)
grid[1, :] = grid[1, :] * 2
grid.T[0, 0] = 99
big = np.zeros(500)
big[400] = 1
big[1] = 7
frame = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', 'z']})
change(frame)
row = pd.Series([1, 2])
row.iloc[1] = 9
first, second = np.zeros(2), np.zeros(2)
def both(a, b):
    a += 1
    b += 1
both(first[:], second[:])
1 / 0
";
/// Expressions, and the lines that `connie history` lists for each.
const TOLD: [(&str, &[&str]); 12] = [
    ("data[0]", &["4 normalise -1.0 through part", "10 <module> 0.0"]),
    ("data", &["4 normalise [0]: 0.0 → -1.0, [1]: 1.0 → 0.0, [2]: 2.0 → 1.0 through part", "10 <module>"]),
    (
        "grid",
        &["14 <module> [0, 0]: 0 → 99", "13 <module> [1, 0]: 3 → 6, [1, 1]: 4 → 8, [1, 2]: 5 → 10", "12 <module>"],
    ),
    ("grid[1][2]", &["13 <module> 10", "12 <module> 5"]),
    ("big[1]", &["17 <module> 7.0", "15 <module> 0.0"]),
    ("frame['a']", &["9 change (20, 3)", "7 change (1, 20, 3)", "18 <module> (1, 2, 3)"]),
    ("frame.iloc[0, 1]", &["9 change 'y'", "18 <module> 'x'"]),
    (
        "frame",
        &[
            "9 change shape: (3, 3) → (2, 3)",
            "8 change shape: (3, 2) → (3, 3), +column 'c': (2, 40, 6)",
            "7 change row 1 of 'a': 2 → 20",
            "18 <module>",
        ],
    ),
    ("row", &["21 <module> row 1: 2 → 9", "20 <module>"]),
    ("row.iloc[1]", &["21 <module> 9", "20 <module> 2"]),
    // Two arrays changed in the same way: which of them this is a view of is not known.
    ("first", &["26 <module> [0]: 0.0 → 1.0, [1]: 0.0 → 1.0", "22 <module>"]),
    ("big[400]", &[]),
];

#[test]
fn changes_of_cells_are_told() {
    let Some(packages) = std::env::var_os("CONNIE_TEST_FRAMES").map(PathBuf::from) else {
        println!("skipped: CONNIE_TEST_FRAMES does not name a folder with numpy, pandas and polars");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
        return;
    };
    let project = Project::new(CHANGES);
    let (_, python) = usual_python();
    let mut run = project.command(&connie_tests::connie(), &["run", "--quiet", "--output", "run.connie", "--python"]);
    run.arg(&python).arg("main.py").env("PYTHONPATH", packages).output().expect("connie runs");
    for (expression, expected) in TOLD {
        let output = project.connie(&["history", expression, "run.connie", "--format", "json"]);
        if expected.is_empty() {
            assert!(text(&output.stderr).contains("only the first 20 cells were recorded"), "{expression}: {output:?}");
            continue;
        }
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let one = |version: &serde_json::Value| {
            let changed: Vec<&str> =
                version["changed"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
            let value = version["value"].as_str().filter(|value| changed.is_empty() && !value.starts_with('<'));
            let through = version["through"].as_str().map(|name| format!("through {name}"));
            let words =
                [version["at"]["line"].to_string(), version["at"]["function"].as_str().unwrap_or_default().into()];
            let words = words.into_iter().chain(value.map(str::to_owned)).chain([changed.join(", ")]).chain(through);
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let found: Vec<String> = found["versions"].as_array().into_iter().flatten().map(one).collect();
        assert_eq!(found, expected, "{expression}");
    }
}
