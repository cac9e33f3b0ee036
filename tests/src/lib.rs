//! Shared by the whole-system tests: the binary, the interpreters, folders, runs.

pub mod console;
pub mod dap;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The binary under test.
pub fn connie() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/connie");
    let path = std::env::var_os("CONNIE_BIN").map_or(built, PathBuf::from);
    assert!(path.exists(), "{} is not there: run `cargo build --release` or `cargo xtask test`", path.display());
    path
}

/// The interpreters that an environment variable lists.
fn listed(variable: &str) -> Option<Vec<(u32, PathBuf)>> {
    let list = std::env::var(variable).ok()?;
    let each = list.split(':').filter_map(|one| one.split_once('='));
    Some(each.map(|(minor, path)| (minor.parse().unwrap_or(0), path.into())).collect())
}

/// The interpreters to test with, including older patch releases, which differ in the events that they have.
pub fn every_python() -> Vec<(u32, PathBuf)> {
    let mut all = pythons();
    all.extend(listed("CONNIE_TEST_OLDER_PYTHONS").unwrap_or_default());
    all
}

/// The interpreter for which binary packages were fetched.
pub fn usual_python() -> (u32, PathBuf) {
    let usual = std::env::var_os("CONNIE_TEST_USUAL_PYTHON").map(PathBuf::from);
    let named = every_python().into_iter().find(|(_, path)| Some(path) == usual.as_ref());
    named.or_else(|| pythons().pop()).expect("an interpreter")
}

/// The interpreters to test with, one of each minor version: (minor version, path).
pub fn pythons() -> Vec<(u32, PathBuf)> {
    if let Some(list) = listed("CONNIE_TEST_PYTHONS") {
        return list;
    }
    let mut found = Vec::new();
    for minor in 10..=15 {
        let name = format!("python3.{minor}");
        let ask = Command::new(&name).args(["-I", "-c", "import sys; print(sys.executable)"]).output();
        if let Ok(output) = ask.as_ref().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string())
            && !output.is_empty()
        {
            found.push((minor, PathBuf::from(output)));
        }
    }
    assert!(!found.is_empty(), "no Python 3.10 to 3.15 was found");
    found
}

/// Whether all cases are to be tested (`cargo xtask test slow`).
pub fn asks_for_all() -> bool {
    std::env::var_os("CONNIE_TEST_ALL").is_some()
}

/// The oldest and the newest interpreter, for tests that depend on events but not on how values lie in memory. All of
/// them if all cases are to be tested.
pub fn outermost_pythons() -> Vec<(u32, PathBuf)> {
    let all = pythons();
    let last = all.len() - 1;
    let chosen = all.into_iter().enumerate().filter(|(n, _)| asks_for_all() || [0, last].contains(n));
    chosen.map(|(_, python)| python).collect()
}

/// The folder of the oracle.
pub fn oracle_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle")
}

/// A project folder with one script.
pub struct Project {
    /// The folder, which is deleted on drop.
    pub folder: tempfile::TempDir,
}

impl Project {
    /// Makes a project with this text as `main.py`.
    pub fn new(text: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        project.write("main.py", text);
        project
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().expect("the folder").join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// A command that runs in the folder, without connie's variables in its environment.
    pub fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_remove("VIRTUAL_ENV");
        command.env("PYTHONHASHSEED", "0").env("XDG_CACHE_HOME", cache());
        command
    }

    /// Runs `connie run --python PYTHON -q ARGUMENTS`.
    pub fn record(&self, python: &Path, arguments: &[&str]) -> Output {
        let mut command = self.command(&connie(), &["run", "--quiet", "--python"]);
        command.arg(python).args(arguments).output().expect("connie runs")
    }

    /// Runs any connie command.
    pub fn connie(&self, arguments: &[&str]) -> Output {
        self.command(&connie(), arguments).output().expect("connie runs")
    }

    /// A command with a limit of time (seconds; then it is killed, with exit code 137) and of memory (MiB).
    pub fn limited(&self, program: &Path, arguments: &[&str], seconds: u32, memory: u32) -> Command {
        let script = format!("ulimit -v {}; exec timeout -s KILL {seconds} \"$@\"", memory << 10);
        let mut all = vec!["-c", &script, "sh"];
        let program = program.to_string_lossy();
        all.push(&program);
        all.extend(arguments);
        self.command(Path::new("sh"), &all)
    }

    /// The steps of the latest recording.
    pub fn replay(&self, arguments: &[&str]) -> Vec<Value> {
        let mut all = vec!["replay", "latest", "--format", "jsonl"];
        all.extend(arguments);
        let output = self.connie(&all);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        rows(&output.stdout)
    }

    /// What `connie list` tells of each recording, the oldest first.
    pub fn list(&self) -> Vec<Value> {
        let output = self.connie(&["list", "--format", "json"]);
        let mut all: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a list");
        all.sort_by_key(|run| run["id"].as_str().map(str::to_owned));
        all
    }

    /// The recordings, the oldest first: (program, result, id). The program of a test is its node id.
    pub fn recordings(&self) -> Vec<(String, String, String)> {
        let field = |run: &Value, name: &str| run[name].as_str().unwrap_or_default().to_owned();
        self.list().iter().map(|run| (field(run, "program"), field(run, "result"), field(run, "id"))).collect()
    }

    /// `connie show latest --json`
    pub fn show(&self) -> Value {
        let output = self.connie(&["show", "latest", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn cache() -> PathBuf {
    std::env::temp_dir().join("connie-test-cache")
}

/// The folder with pytest, if it was fetched; else the test is skipped, which fails in CI.
pub fn pytest_library() -> Option<PathBuf> {
    let folder = std::env::var_os("CONNIE_TEST_PYTEST").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CONNIE_TEST_PYTEST names no folder with pytest (cargo xtask test fetches it)");
        assert!(std::env::var_os("CI").is_none(), "a test was skipped");
    }
    folder
}

/// Parses JSON lines.
pub fn rows(text: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(text);
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// The output of a program as text, for messages.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until a condition is true.
///
/// # Panics
/// If it is not true within 30 s.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "it never came true: {what}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
