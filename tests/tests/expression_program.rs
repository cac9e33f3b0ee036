//! The program and the answers of the unit tests of `connie-expression` (`expression/src/tests`): CPython gives the same
//! answers. `UPDATE_SNAPSHOTS=1` records the program anew.

use std::path::{Path, PathBuf};

use connie_tests::{Project, text, usual_python};

use crate::expression_table::truth;

const PROGRAM: &str = include_str!("../../expression/src/tests/program.py");
const ANSWERS: &str = include_str!("../../expression/src/tests/answers.txt");

/// The folder with the packages that the program imports.
fn packages() -> Option<PathBuf> {
    let packages = std::env::var_os("CONNIE_TEST_FRAMES").map(PathBuf::from);
    if packages.is_none() {
        println!("skipped: CONNIE_TEST_FRAMES does not name a folder with numpy, pandas and polars");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
    }
    packages
}

/// A text as `ascii` writes it.
fn ascii(text: &str) -> String {
    let one = |letter: char| match u32::from(letter) {
        0..0x80 => letter.to_string(),
        n @ 0x80..0x100 => format!("\\x{n:02x}"),
        n @ 0x100..0x1_0000 => format!("\\u{n:04x}"),
        n => format!("\\U{n:08x}"),
    };
    text.chars().map(one).collect()
}

/// Whether an answer of the table agrees with CPython's; `None` if they cannot be compared.
fn agrees(answer: &str, truth: &str) -> Option<bool> {
    if let Some(raised) = answer.strip_prefix("! ") {
        let name = if raised.ends_with(" is not known here") { "NameError" } else { raised.split(':').next()? };
        return (!truth.starts_with('?')).then(|| truth.strip_prefix("! ") == Some(name));
    }
    // Objects of the program are shown by what was recorded of them, and long values in part.
    if answer.starts_with('<') || answer.contains('…') {
        return None;
    }
    let truth = truth.strip_prefix("= ").filter(|truth| *truth != "long")?;
    let answer = ascii(answer);
    Some(answer == truth || answer == without_numpy(truth))
}

/// A text in which cells of numpy are written as values of Python, as connie shows them.
fn without_numpy(text: &str) -> String {
    let mut parts = text.split("np.");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, rest) = part.split_at(name);
        match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((value, rest)) => written.extend([value, rest]),
            None => written.extend([name, rest.strip_prefix('_').unwrap_or(rest)]),
        }
    }
    written
}

#[test]
fn answers_are_those_of_python() {
    let Some(packages) = packages() else { return };
    let (_, python) = usual_python();
    // What is refused may change the values of the others.
    let lines = ANSWERS.lines().filter_map(|line| line.split_once('\t'));
    let lines: Vec<(&str, &str)> = lines.filter(|(_, answer)| !answer.starts_with("? ")).collect();
    let asked: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let truth = truth(&python, PROGRAM, &asked.join("\n"), Some(&packages));
    assert_eq!(truth.len(), lines.len());
    let compared: Vec<_> = lines
        .iter()
        .zip(&truth)
        .filter_map(|((line, answer), truth)| Some((line, answer, truth, agrees(answer, truth)?)))
        .collect();
    let wrong: Vec<_> = compared.iter().filter(|(.., agrees)| !agrees).collect();
    assert!(wrong.is_empty(), "{} differ: {wrong:#?}", wrong.len());
    assert!(compared.len() > 2_000, "{}", compared.len());
}

/// The program still runs and is recorded. With `UPDATE_SNAPSHOTS=1`, that recording is stored.
#[test]
fn the_program_is_recorded() {
    let Some(packages) = packages() else { return };
    let (_, python) = usual_python();
    let project = Project::new("");
    project.write("program.py", PROGRAM);
    let arguments = ["run", "--quiet", "--output", "r.connie", "--python"];
    let mut run = project.command(&connie_tests::connie(), &arguments);
    let output = run.arg(&python).arg("program.py").env("PYTHONPATH", packages).output().expect("connie runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_none() {
        return;
    }
    let path = project.path("r.connie");
    let file = rusqlite::Connection::open(&path).expect("a recording");
    let nameless = "UPDATE recording SET cwd = '/project', root = '/project', argv = '[\"python\",\"program.py\"]';
        UPDATE processes SET executable = 'python';
        UPDATE sources SET path = '/project/program.py';
        VACUUM;";
    file.execute_batch(nameless).expect("it names no machine");
    drop(file);
    let packed = zstd::encode_all(&*std::fs::read(&path).expect("a recording"), 19).expect("it is packed");
    assert!(packed.len() < 100_000, "{}", packed.len());
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../expression/src/tests/recording.connie.zst");
    std::fs::write(stored, packed).expect("it is written");
}
