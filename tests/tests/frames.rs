//! Frames of pandas and polars, arrays of numpy: shape, types and first items.

use std::collections::HashMap;
use std::path::PathBuf;

use connie_tests::{Project, pythons, text};

/// What is bound, and how it shows.
const VALUES: [(&str, &str, &str); 17] = [
    ("flat", "np.array([1, 2, 3], dtype=np.int16)", "<ndarray shape=(3,) dtype=int16 [1, 2, 3]>"),
    ("turned", "np.arange(6.0).reshape(2, 3).T", "<ndarray shape=(3, 2) dtype=float64 [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]>"),
    ("mixed", "np.array([1, 'x', [2]], dtype=object)", "<ndarray shape=(3,) dtype=object [1, 'x', [2]]>"),
    (
        "frame",
        "pd.DataFrame({'n': [1, 2], 'f': [0.5, None], 't': pd.date_range('2020', periods=2)})",
        "<DataFrame shape=(2, 3) n: int64 [1, 2] f: float64 [0.5, nan] t: datetime>",
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
    // The packages were fetched for the newest interpreter.
    let (_, python) = pythons().pop().expect("an interpreter");
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
    // Changes in place are seen.
    assert!(last["frame"].contains("n: int64 [7, 2]"), "{}", last["frame"]);
    assert!(last["shared"].contains("n: int64 [9, 1, 2]"), "{}", last["shared"]);
    assert_eq!(last["flat"], "<ndarray shape=(3,) dtype=int16 [1, 8, 3]>");
}
