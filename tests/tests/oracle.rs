//! Compares recordings with the oracle, step by step and variable by variable.

use std::path::{Path, PathBuf};
use std::process::Command;

use connie_tests::{connie, every_python, oracle_folder, pythons, rows, usual_python};
use serde_json::Value;

#[path = "oracle/callers.rs"]
mod callers;
#[path = "oracle/levels.rs"]
mod levels;
#[path = "oracle/lines.rs"]
mod lines;
#[path = "oracle/long.rs"]
mod long;
#[path = "oracle/unrecorded.rs"]
mod unrecorded;

/// Differences that are not errors: program, variable, and why.
const KNOWN: [(&str, &str, &str); 6] = [
    ("nursery", "nursery", "it holds file descriptors of its process"),
    ("nursery", "group", "it holds file descriptors of its process"),
    ("nursery", "lock", "it holds file descriptors of its process"),
    ("nursery", "receive", "it holds file descriptors of its process"),
    ("nursery", "send", "it holds file descriptors of its process"),
    ("nursery", "scope", "it holds file descriptors of its process"),
];

/// A script with its arguments, in a root folder whose code is recorded.
#[derive(Clone)]
struct Program {
    name: String,
    root: PathBuf,
    script: PathBuf,
    arguments: Vec<String>,
    /// Other packages that it imports, as `PYTHONPATH`.
    libraries: PathBuf,
    /// More options of the recording.
    options: Vec<String>,
    steps: usize,
}

fn own_programs(folder: &str) -> Vec<Program> {
    programs_of(&oracle_folder().join(folder))
}

fn programs_of(root: &Path) -> Vec<Program> {
    let mut scripts: Vec<_> =
        std::fs::read_dir(root).expect("the programs").flatten().map(|entry| entry.path()).collect();
    scripts.sort();
    let scripts = scripts.into_iter().filter(|path| path.extension().is_some_and(|e| e == "py"));
    scripts
        .map(|script| Program {
            name: script.file_stem().expect("a name").to_string_lossy().into_owned(),
            root: root.to_owned(),
            script,
            arguments: Vec::new(),
            libraries: PathBuf::new(),
            options: Vec::new(),
            steps: usize::MAX,
        })
        .collect()
}

/// Reports why a comparison is skipped. Fails in CI, where everything should be available.
fn skipped(why: &str) -> Vec<Program> {
    assert!(std::env::var_os("CI").is_none(), "skipped: {why}");
    println!("skipped: {why}");
    Vec::new()
}

/// Real programs: the pure-Python benchmarks of pyperformance, with small inputs.
fn benchmarks() -> Vec<Program> {
    let Some(folder) = std::env::var_os("CONNIE_TEST_BENCHMARKS").map(PathBuf::from) else {
        return skipped("pyperformance is not there; cargo xtask test fetches it");
    };
    let script = folder.join("drive.py");
    std::fs::copy(oracle_folder().join("drive.py"), &script).expect("a copy of the driver");
    let names = [
        "richards",
        "deltablue",
        "nbody",
        "fannkuch",
        "float",
        "nqueens",
        "raytrace",
        "spectral_norm",
        "chaos",
        "go",
        "hexiom",
        "pidigits",
        "generators",
        "comprehensions",
        "coroutines",
        "unpack_sequence",
        "deepcopy",
    ];
    let each = names.into_iter().filter(|name| folder.join(format!("bm_{name}")).exists());
    each.map(|name| Program {
        name: name.into(),
        root: folder.clone(),
        script: script.clone(),
        arguments: vec![folder.to_string_lossy().into_owned(), name.into()],
        libraries: PathBuf::new(),
        options: Vec::new(),
        steps: 2500,
    })
    .collect()
}

/// Packages, run by their own entry points as with `python -m`.
fn packages() -> Vec<Program> {
    let Some(folder) = std::env::var_os("CONNIE_TEST_PACKAGES").map(PathBuf::from) else {
        return skipped("the packages are not there; cargo xtask test fetches them");
    };
    let script = folder.join("entry.py");
    std::fs::copy(oracle_folder().join("entry.py"), &script).expect("a copy of the driver");
    let programs = oracle_folder().join("programs");
    let source = programs.join("tokenizer.py").to_string_lossy().into_owned();
    let text = oracle_folder().join("sample.md").to_string_lossy().into_owned();
    let runs: [(&str, &[&str]); 5] = [
        ("pyflakes", &[&source]),
        ("pycodestyle", &[&source]),
        ("pygments", &["-f", "html", "-l", "python", &source]),
        ("markdown", &[&text]),
        ("mistune", &["-f", &text]),
    ];
    runs.into_iter()
        .map(|(name, arguments)| Program {
            name: name.into(),
            root: folder.clone(),
            script: script.clone(),
            arguments: std::iter::once(name).chain(arguments.iter().copied()).map(str::to_owned).collect(),
            // Markdown soon counts the frames below it, which include the oracle's.
            libraries: PathBuf::new(),
            options: Vec::new(),
            steps: 2500,
        })
        .collect()
}

/// Programs that use libraries: proxies, an ORM, other event loops, tools that run tests.
fn library_programs() -> Vec<Program> {
    programs_with("libraries", "CONNIE_TEST_LIBRARIES")
}

/// The programs of a folder, with the packages in the folder that an environment variable names.
fn programs_with(folder: &str, packages: &str) -> Vec<Program> {
    let Some(packages) = std::env::var_os(packages).map(PathBuf::from) else {
        return skipped(&format!("{packages} names no folder; cargo xtask test fetches what belongs there"));
    };
    let programs = own_programs(folder).into_iter();
    programs.map(|program| Program { libraries: packages.clone(), ..program }).collect()
}

fn oracle(python: &Path, program: &Program, out: &Path, callers: usize) -> Vec<Value> {
    let mut command = Command::new(python);
    command.env("ORACLE_CALLERS", callers.to_string());
    run_oracle(command, program, out)
}

/// As [`oracle`], without values.
fn oracle_events(python: &Path, program: &Program, out: &Path) -> Vec<Value> {
    let mut command = Command::new(python);
    command.env("ORACLE_VALUES", "0");
    run_oracle(command, program, out)
}

/// Whether secrets are redacted: the oracle knows the secrets of its own programs only.
fn hides_secrets(program: &Program) -> bool {
    program.root.starts_with(oracle_folder())
}

fn run_oracle(mut command: Command, program: &Program, out: &Path) -> Vec<Value> {
    command
        .arg(oracle_folder().join("oracle.py"))
        .arg(out)
        .arg(&program.root)
        .arg(&program.script)
        .args(&program.arguments);
    command.env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONPATH", &program.libraries);
    command.env("HYPOTHESIS_STORAGE_DIRECTORY", out.with_file_name("hypothesis"));
    if !hides_secrets(program) {
        command.env("ORACLE_SECRETS", "0");
    }
    if program.steps != usize::MAX {
        command.env("ORACLE_STEPS", program.steps.to_string());
    }
    let output = command.output().expect("the oracle runs");
    assert!(output.status.success(), "oracle, {}: {}", program.name, String::from_utf8_lossy(&output.stderr));
    rows(&std::fs::read(out).expect("what the oracle wrote"))
}

fn recorded(python: &Path, program: &Program, recording: &Path, recheck: &str) -> Vec<Value> {
    record(python, program, recording, recheck);
    let mut replay = Command::new(connie());
    replay.arg("replay").arg(recording).args(["--format", "jsonl", "--locals", "all"]);
    if program.steps != usize::MAX {
        replay.arg("--to").arg((2 * program.steps).to_string());
    }
    replayed(replay, program)
}

/// As [`recorded`], without variables.
fn recorded_events(python: &Path, program: &Program, recording: &Path) -> Vec<Value> {
    record(python, program, recording, "0");
    let mut replay = Command::new(connie());
    replay.arg("replay").arg(recording).args(["--format", "jsonl"]);
    replayed(replay, program)
}

fn record(python: &Path, program: &Program, recording: &Path, recheck: &str) {
    let mut command = Command::new(connie());
    command
        .args(["run", "--quiet", "--recheck", recheck, "--output"])
        .arg(recording)
        .arg("--include")
        .arg(&program.root)
        .arg("--python")
        .arg(python);
    if !program.libraries.as_os_str().is_empty() {
        // The packages may be below the project's root.
        command.arg("--exclude").arg(program.libraries.join("**"));
        // The oracle follows code in files only.
        command.args(["--exclude", "<doctest*"]);
    }
    if !hides_secrets(program) {
        command.arg("--no-redact");
    }
    command.args(&program.options).arg(&program.script).args(&program.arguments);
    command.env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONPATH", &program.libraries);
    command.env("HYPOTHESIS_STORAGE_DIRECTORY", recording.with_file_name("hypothesis"));
    let output = command.output().expect("connie runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} on {}, {}: {said}", program.name, python.display(), output.status);
}

fn replayed(mut replay: Command, program: &Program) -> Vec<Value> {
    let output = replay.output().expect("connie replays");
    assert!(output.status.success(), "{}: {}", program.name, String::from_utf8_lossy(&output.stderr));
    let mut rows = rows(&output.stdout);
    rows.retain(|row| row["event"] != "output");
    rows
}

fn last(name: &Value) -> String {
    name.as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default().into()
}

/// Whether our text has a mark at a value where the oracle's text has none.
fn is_in_doubt(truth: Option<&Value>, ours: Option<&Value>) -> bool {
    let marks = |text: Option<&Value>, end: char| {
        text.and_then(Value::as_str).unwrap_or_default().matches(&format!("{end}?")).count()
    };
    [']', '}', ')', '>', 'c', '_', '\''].into_iter().chain('0'..='9').any(|end| marks(ours, end) > marks(truth, end))
}

/// A text without times and addresses, which differ between runs.
fn settled(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let is_number = word.starts_with(|c: char| c.is_ascii_digit()) && (word.contains('.') || word.len() > 5);
        out.push_str(before);
        out.push_str(if is_number { "#" } else { word });
        // The sign of an exponent.
        rest = if is_number && word.ends_with('e') { after.trim_start_matches('-') } else { after };
    }
    out + rest
}

/// Normalizes the texts of a row. With `sets`, their words are sorted, as sets of objects are in the order of
/// addresses.
fn settle(row: &mut Value, sets: bool) {
    match row {
        Value::String(text) => {
            *text = settled(text);
            if sets {
                let mut words: Vec<_> =
                    text.split(|c| " ,[]{}()<>".contains(c)).filter(|word| !word.is_empty()).collect();
                words.sort_unstable();
                *text = words.join(" ");
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| settle(field, sets)),
        _ => {}
    }
}

/// Differences in the attributes of classes, functions and modules that a frame's variables refer to.
fn attribute_differences(truth: &Value, ours: &Value) -> Vec<String> {
    let none = serde_json::Map::new();
    let texts = |row: &Value| row["attributes"].as_object().unwrap_or(&none).clone();
    let (right, mine) = (texts(truth), texts(ours));
    // Whether any attribute of a variable has a mark. Then the real object may have more attributes.
    let is_marked = |variable: &str| {
        let marked = |(name, text): (&String, &Value)| {
            name.split('.').next() == Some(variable) && text.as_str().is_some_and(|text| text.ends_with('?'))
        };
        mine.iter().any(marked)
    };
    let doubted = |name: &str, own: Option<&Value>| {
        let variable = name.split('.').next().unwrap_or_default();
        own.and_then(Value::as_str).is_some_and(|text| text.ends_with('?'))
            || is_in_doubt(right.get(name), own)
            || is_in_doubt(truth["locals"].get(variable), ours["locals"].get(variable))
            || own.is_none() && is_marked(variable)
    };
    let differs = |(name, text): &(&String, &Value)| mine.get(*name) != Some(text) && !doubted(name, mine.get(*name));
    let missing = right.iter().filter(differs);
    let mut found: Vec<String> =
        missing.map(|(name, text)| format!("{name}: truth {text}, ours {:?}", mine.get(name))).collect();
    // A deleted attribute must not be shown. An attribute that the oracle does not read may be.
    let gone = truth["gone"].as_array().cloned().unwrap_or_default();
    let stale = gone
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| mine.contains_key(*name) && !doubted(name, mine.get(*name)));
    found.extend(stale.map(|name| format!("{name}: truth has none, ours {:?}", mine.get(name))));
    found
}

/// The differences at one step, as text.
fn differences(minor: u32, program: &str, truth: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["event", "file", "line", "depth", "value"] {
        if truth[key] != ours[key] && !(key == "value" && is_in_doubt(Some(&truth[key]), Some(&ours[key]))) {
            found.push(format!("{key}: truth {}, ours {}", truth[key], ours[key]));
        }
    }
    // Code objects know their qualified names from 3.11 on.
    let same_name = if minor == 10 {
        last(&truth["function"]) == last(&ours["function"])
    } else {
        truth["function"] == ours["function"]
    };
    if !same_name {
        found.push(format!("function: truth {}, ours {}", truth["function"], ours["function"]));
    }
    if truth["untold"] == true {
        // The frame resumed some time before the event that showed it.
        return found;
    }
    found.extend(attribute_differences(truth, ours));
    let none = serde_json::Map::new();
    let (right, mine) = (truth["locals"].as_object().unwrap_or(&none), ours["locals"].as_object().unwrap_or(&none));
    let names = right.keys().chain(mine.keys().filter(|name| !right.contains_key(*name)));
    for name in names {
        let known = KNOWN.iter().any(|(p, variable, _)| *p == program && variable == name);
        if !known && right.get(name) != mine.get(name) && !is_in_doubt(right.get(name), mine.get(name)) {
            found.push(format!("{name}: truth {:?}, ours {:?}", right.get(name), mine.get(name)));
        }
    }
    found
}

/// Steps by thread. Threads without a name are named after their first function.
fn by_thread(rows: Vec<Value>) -> std::collections::BTreeMap<String, Vec<Value>> {
    let mut threads = std::collections::BTreeMap::<String, Vec<Value>>::new();
    for row in rows {
        let name = row["thread"].as_str().unwrap_or_default().to_owned();
        threads.entry(name).or_default().push(row);
    }
    let unnamed: Vec<String> = threads.keys().filter(|name| name.starts_with(['?', 'T'])).cloned().collect();
    for name in unnamed {
        if let Some(rows) = threads.remove(&name) {
            threads.insert(format!("of {}", last(&rows[0]["function"])), rows);
        }
    }
    threads
}

fn compare_threads(programs: &[Program], recheck: &str, pythons: Vec<(u32, PathBuf)>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut steps = 0;
    for (minor, python) in pythons {
        for program in programs {
            let recording = folder.path().join(format!("{}-{minor}.connie", program.name));
            let truth = oracle(&python, program, &folder.path().join("oracle"), 0);
            let truth = by_thread(truth);
            let ours = recorded(&python, program, &recording, recheck);
            let ours = by_thread(ours);
            let place = format!("{} on 3.{minor}", program.name);
            let threads: Vec<_> = truth.keys().collect();
            assert_eq!(threads, ours.keys().collect::<Vec<_>>(), "{place}");
            assert!(threads.len() >= 5, "{place}: {threads:?}");
            for (thread, truth) in &truth {
                let ours = &ours[thread];
                for (n, (truth, ours)) in truth.iter().zip(ours).enumerate() {
                    let found = differences(minor, &program.name, truth, ours);
                    let at = format!("step {n} of {thread} ({} line {})", truth["event"], truth["line"]);
                    assert!(found.is_empty(), "{place}, {at}:\n    {}", found.join("\n    "));
                }
                assert_eq!(truth.len(), ours.len(), "{place}, {thread}");
                steps += truth.len();
            }
            let _ = std::fs::remove_file(recording);
        }
    }
    println!("{steps} steps compared");
    assert!(steps > 1000);
}

fn compare(programs: &[Program], recheck: &str, pythons: Vec<(u32, PathBuf)>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut failures = Vec::new();
    let mut steps = 0;
    for (minor, python) in pythons {
        for program in programs {
            let recording = folder.path().join(format!("{}-{minor}.connie", program.name));
            let mut truth = oracle(&python, program, &folder.path().join("oracle"), 0);
            let mut ours = recorded(&python, program, &recording, recheck);
            if !program.libraries.as_os_str().is_empty() {
                truth.iter_mut().chain(&mut ours).for_each(|row| settle(row, program.name == "orm"));
            }
            if recheck != "full" && (!program.libraries.as_os_str().is_empty() || program.steps != usize::MAX) {
                // New attributes of a module that was not read again are missing, and no text could have a mark.
                for (truth, ours) in truth.iter_mut().zip(&ours) {
                    let Some(attributes) = truth["attributes"].as_object_mut() else { continue };
                    attributes.retain(|name, _| ours["attributes"].get(name).is_some());
                }
            }
            let place = format!("{} on 3.{minor}", program.name);
            if program.steps == usize::MAX && truth.len() != ours.len() {
                failures.push(format!("{place}: truth has {} steps, ours {}", truth.len(), ours.len()));
            }
            for (truth, ours) in truth.iter().zip(&ours) {
                let found = differences(minor, &program.name, truth, ours);
                if !found.is_empty() {
                    let at = format!("step {} ({} line {})", truth["step"], truth["event"], truth["line"]);
                    failures.push(format!("{place}, {at}:\n    {}", found.join("\n    ")));
                    break;
                }
            }
            steps += truth.len().min(ours.len());
            let _ = std::fs::remove_file(recording);
        }
    }
    println!("{steps} steps compared");
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(programs.is_empty() || steps > 30);
}

/// The number of interpreters on which each program is compared, if all would take too long.
const SHARE: usize = 2;

/// Distributes programs over interpreters: each program on `share` of them, each interpreter with the same number of
/// programs. `cargo xtask test slow` sets `CONNIE_TEST_ALL` and compares each program on all interpreters.
fn spread(programs: &[Program], pythons: Vec<(u32, PathBuf)>, share: usize) -> Vec<(Vec<Program>, (u32, PathBuf))> {
    let all = connie_tests::asks_for_all();
    let apart = pythons.len().div_ceil(share);
    let on = |place: usize| {
        let chosen = programs.iter().enumerate().filter(move |(n, _)| all || n % apart == place % apart);
        chosen.map(|(_, program)| program.clone()).collect()
    };
    pythons.into_iter().enumerate().map(|(place, python)| (on(place), python)).collect()
}

/// As [`compare`], with each program on some of the interpreters only.
fn compare_spread(programs: &[Program], recheck: &str, pythons: Vec<(u32, PathBuf)>) {
    for (programs, python) in spread(programs, pythons, SHARE) {
        compare(&programs, recheck, vec![python]);
    }
}

/// Attributes of classes, functions and modules are compared in all programs; these programs test them in particular.
#[test]
fn attributes_of_classes_are_recorded_as_they_were() {
    compare(&own_programs("attributes"), "full", pythons());
    compare_spread(&own_programs("attributes"), "0", pythons());
}

#[test]
fn own_programs_are_recorded_as_they_were() {
    for (programs, python) in spread(&own_programs("programs"), every_python(), 2 * SHARE) {
        compare(&programs, "full", vec![python]);
    }
}

/// Objects that are made at the addresses of dead ones: each way to pass on a value, with each way to make an object.
#[test]
fn objects_at_the_addresses_of_dead_ones_are_recorded_as_they_were() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pythons = pythons();
    let generator = oracle_folder().join("reuse.py");
    let python = &pythons.last().expect("an interpreter").1;
    let made = Command::new(python).arg(generator).arg(folder.path()).status().expect("the generator runs");
    assert!(made.success());
    compare_spread(&programs_of(folder.path()), "full", pythons);
}

/// If the death of objects is not noticed, addresses are not used as identity.
#[test]
fn without_proofs_of_identity_nothing_is_guessed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pythons: Vec<_> = pythons().into_iter().filter(|(minor, _)| [11, 14].contains(minor)).collect();
    let Some((_, python)) = pythons.last() else { return println!("skipped: it needs Python 3.11 or 3.14") };
    let generator = oracle_folder().join("reuse.py");
    let made = Command::new(python).arg(generator).arg(folder.path()).status().expect("the generator runs");
    assert!(made.success());
    let some: Vec<_> = programs_of(folder.path()).into_iter().step_by(9).collect();
    assert!(some.len() > 1);
    compare(&some, "full:identity", pythons);
}

/// Each thread's steps are recorded in order; the order between threads is up to the scheduler.
#[test]
fn threads_are_recorded_as_they_were() {
    compare_threads(&own_programs("threads"), "full", pythons());
    compare_threads(&own_programs("threads"), "0", pythons());
}

#[test]
fn benchmarks_are_recorded_as_they_were() {
    compare_spread(&benchmarks(), "full", pythons());
}

#[test]
fn packages_are_recorded_as_they_were() {
    compare_spread(&packages(), "full", pythons());
}

#[test]
fn programs_that_live_on_libraries_are_recorded_as_they_were() {
    let usual = || vec![usual_python()];
    compare(&library_programs(), "full", usual());
    // A mark is recognised by the bracket before it. In the excluded program, brackets are not compared.
    let others: Vec<_> = library_programs().into_iter().filter(|program| program.name != "orm").collect();
    compare(&others, "0", usual());
}

#[test]
fn arrays_that_share_memory_are_recorded_as_they_were() {
    let usual = || vec![usual_python()];
    let programs = programs_with("frames", "CONNIE_TEST_FRAMES");
    compare(&programs, "full", usual());
    compare(&programs, "0", usual());
}

#[test]
fn arrays_of_jax_are_recorded_as_they_were() {
    let programs = programs_with("jax", "CONNIE_TEST_JAX");
    compare(&programs, "full", vec![usual_python()]);
}

/// torch is too large to fetch. To run this, install it for the newest interpreter: `pip install --target FOLDER torch
/// numpy`.
#[test]
fn tensors_of_torch_are_recorded_as_they_were() {
    if std::env::var_os("CONNIE_TEST_TORCH").is_none() {
        return println!("skipped: CONNIE_TEST_TORCH names no folder with torch, which is too large to be fetched");
    }
    let programs = programs_with("torch", "CONNIE_TEST_TORCH");
    compare(&programs, "full", vec![usual_python()]);
}

/// Even if almost nothing is read again, values without a mark are correct.
#[test]
fn what_is_not_looked_at_again_is_said_to_be_in_doubt() {
    compare_spread(&own_programs("programs"), "0", pythons());
    // The other programs are tested with one version only.
    let newest = || pythons().pop().into_iter().collect();
    compare(&benchmarks(), "100", newest());
    compare(&packages(), "1000", newest());
}
