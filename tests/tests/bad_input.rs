//! Bad input of any kind gives one clear message and a distinct exit code, and loses nothing.

use connie_tests::{Project, pythons, text};

fn fails(project: &Project, arguments: &[&str], code: i32, words: &str) {
    let output = project.connie(arguments);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("Traceback"), "{stderr}");
    assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
}

fn recorded(text: &str) -> (Project, std::path::PathBuf) {
    let project = Project::new(text);
    let (_, python) = pythons().pop().expect("an interpreter");
    assert!(project.record(&python, &["--output", "r.connie", "main.py"]).status.success());
    let path = project.path("r.connie");
    (project, path)
}

#[test]
fn what_is_not_there() {
    let project = Project::new("x = 1\n");
    fails(&project, &["run", "nowhere.py"], 66, "there is no script nowhere.py");
    fails(&project, &["run"], 64, "say what to run");
    fails(&project, &["run", "--maxsteps", "3", "main.py"], 64, "there is no option --maxsteps");
    fails(&project, &["run", "--python", "/no/python", "main.py"], 69, "there is no interpreter /no/python");
    fails(&project, &["run", "--python", "/bin/true", "main.py"], 69, "it does not seem to be a Python interpreter");
    fails(&project, &["replay"], 66, "there are no recordings here");
    fails(&project, &["replay", "./none.connie"], 66, "there is no file ./none.connie");
    fails(&project, &["replay", "main.py"], 65, "is not a connie recording");
    assert!(project.connie(&["list"]).status.success());
    // A refused interpreter leaves no recording behind.
    assert_eq!(text(&project.connie(&["list", "--format", "json"]).stdout).trim(), "[]");
}

/// Recordings with bytes that were changed, cut off or inserted on the way to another machine.
#[test]
fn mutated_recordings_are_read_or_refused() {
    let (project, path) = recorded(
        "class Shop:\n    def __init__(self):\n        self.stock = {'tea': [1, 2.5, 'x' * 50]}\n\n\n\
         shop = Shop()\nfor n in range(200):\n    shop.stock[n] = (n, str(n))\nprint(shop)\n",
    );
    let bytes = std::fs::read(path).expect("a recording");
    // The sequence is fixed, so that failures can be repeated.
    let mut state = 1u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for n in 0..60 {
        let mut bytes = bytes.clone();
        match n % 3 {
            0 => {
                for _ in 0..=n {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
            }
            1 => bytes.truncate(random(bytes.len())),
            _ => {
                let at = random(bytes.len());
                bytes.splice(at..at, [0xff; 9]);
            }
        }
        std::fs::write(project.path("mutated.connie"), bytes).expect("a file");
        for command in [&["show"][..], &["threads"], &["replay", "--format", "jsonl", "--locals", "all"]] {
            let arguments = [&command[..1], &["./mutated.connie"], &command[1..]].concat();
            let output = project.connie(&arguments);
            let said = text(&output.stderr);
            assert!(matches!(output.status.code(), Some(0 | 65 | 74)), "{n} {arguments:?}: {:?} {said}", output.status);
            assert!(!said.contains("panicked"), "{n} {arguments:?}: {said}");
        }
    }
}

#[test]
fn settings_that_make_no_sense() {
    let project = Project::new("x = 1\n");
    project.write("pyproject.toml", "[tool.connie]\nincldue = ['x']\n");
    fails(&project, &["run", "main.py"], 64, "unknown field `incldue`");
}

#[test]
fn ids() {
    let project = Project::new("x = 1\n");
    let (_, python) = pythons().pop().expect("an interpreter");
    for _ in 0..2 {
        assert!(project.record(&python, &["main.py"]).status.success());
    }
    fails(&project, &["show", "20"], 64, "could be");
    fails(&project, &["show", "zzz"], 66, "there is no recording zzz");
    fails(&project, &["replay", "latest", "--from", "99999"], 66, "there is no step 99999");
    fails(&project, &["replay", "latest", "--thread", "nobody"], 66, "there is no thread nobody");
    fails(&project, &["delete", "latest"], 64, "use --yes");
    assert!(project.connie(&["delete", "--yes", "latest"]).status.success());
    assert_eq!(text(&project.connie(&["list", "--format", "csv"]).stdout).trim().lines().count(), 2);
}

#[test]
fn a_newer_recording() {
    let (project, path) = recorded("x = 1\n");
    let connection = rusqlite::Connection::open(path).expect("SQLite");
    connection.execute_batch("PRAGMA user_version = 99").expect("a version");
    drop(connection);
    fails(&project, &["replay", "./r.connie"], 65, "made by a newer connie");
}

#[test]
fn a_damaged_chunk_is_named_and_the_rest_is_shown() {
    let (project, path) = recorded("def f(n):\n    return n + 1\nfor i in range(20000):\n    f(i)\n");
    let connection = rusqlite::Connection::open(path).expect("SQLite");
    let chunks: i64 = connection.query_row("SELECT count(*) FROM chunks", [], |row| row.get(0)).expect("chunks");
    assert!(chunks > 3);
    let sql =
        "UPDATE chunk_data SET data = CAST(substr(data, 1, 100) || x'00' || substr(data, 102) AS BLOB) WHERE id = 1";
    connection.execute(sql, []).expect("a flipped byte");
    drop(connection);
    let output = project.connie(&["replay", "./r.connie", "--format", "jsonl", "--locals", "none"]);
    assert_eq!(output.status.code(), Some(65));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("cannot be read: the checksum is wrong"), "{stderr}");
    let steps = connie_tests::rows(&output.stdout);
    let numbers: Vec<u64> = steps.iter().filter_map(|step| step["step"].as_u64()).collect();
    assert_eq!(numbers.first(), Some(&1));
    let last = *numbers.last().expect("steps");
    assert!(last > 80_000);
    assert_eq!(numbers.len() as u64, last - 16_384, "one chunk is missing, nothing else");
}

#[test]
fn a_file_that_was_cut_short_says_what_to_do() {
    let (project, path) = recorded("x = 1\n");
    let bytes = std::fs::read(path).expect("a recording");
    std::fs::write(project.path("part.connie"), &bytes[..5000]).expect("a file");
    for command in ["replay", "show", "profile", "export", "report"] {
        fails(
            &project,
            &[command, "part.connie"],
            65,
            "part.connie is damaged: a part of it is missing or was changed",
        );
        fails(&project, &[command, "part.connie"], 65, "copy it again, or make a new recording");
    }
}

#[test]
fn truncated_and_flipped_files_never_panic() {
    let (project, path) = recorded("xs = []\nfor i in range(300):\n    xs.append(str(i))\n");
    let whole = std::fs::read(&path).expect("the recording");
    let mut seed = 12345u64;
    for round in 0..60 {
        let mut bytes = whole.clone();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = (seed >> 20) as usize % bytes.len();
        if round % 3 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << (seed & 7);
            let again = (seed >> 33) as usize % bytes.len();
            bytes[again] = 0xff;
        }
        std::fs::write(project.path("bad.connie"), &bytes).expect("a file");
        for command in ["show", "replay", "threads"] {
            let output = project.connie(&[command, "./bad.connie"]);
            let stderr = text(&output.stderr);
            assert!(!stderr.contains("panicked"), "round {round}, {command}: {stderr}");
            assert!(
                matches!(output.status.code(), Some(0 | 65 | 66 | 74)),
                "round {round}: {:?} {stderr}",
                output.status
            );
        }
    }
}

#[test]
fn a_command_line_that_makes_no_sense_has_a_code_of_its_own() {
    let project = Project::new("");
    for arguments in [&["nonsense"][..], &["list", "--nonsense"], &["dap", "--listen", "nowhere"], &[]] {
        assert_eq!(project.connie(arguments).status.code(), Some(64), "{arguments:?}");
    }
    assert_eq!(project.connie(&["--help"]).status.code(), Some(0));
}

/// Whatever the disk does, the program continues, and what was stored before is a readable recording.
#[test]
fn a_full_disk() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(
        "import hashlib\n\n\ndef work(n):\n    text = hashlib.sha256(str(n).encode()).hexdigest() * 4\n    return text\n\n\n\
         def main():\n    last = ''\n    for n in range(40000):\n        last = work(n)\n    print('done', last[:6])\n\n\nmain()\n",
    );
    project.write("disk/empty", "");
    let script = "mount -t tmpfs -o size=2m none disk && shift && \"$@\"; code=$?; cp disk/r.connie* . ; exit $code";
    let connie = connie_tests::connie();
    let run = |arguments: &[&str]| {
        let given = ["-rm", "sh", "-c", script, "sh", "--"];
        project.command(std::path::Path::new("unshare"), &[&given, arguments].concat()).output()
    };
    if !run(&["true"]).is_ok_and(|done| !text(&done.stderr).contains("mount") && done.status.code() == Some(0)) {
        return println!("skipped: this machine lets nobody mount a small disk of their own (unshare, tmpfs)");
    }
    let (connie, python) = (connie.to_string_lossy(), python.to_string_lossy());
    let done = run(&[&connie, "run", "-o", "disk/r.connie", "--python", &python, "main.py"]).expect("it runs");
    assert_eq!((done.status.code(), text(&done.stdout).trim()), (Some(0), "done ccbd1f"), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("disk is full"), "{}", text(&done.stderr));
    assert_eq!(text(&done.stderr).trim().lines().count(), 1, "{}", text(&done.stderr));
    let shown = text(&project.connie(&["show", "r.connie"]).stdout);
    assert!(shown.contains("disk is full") && shown.contains("cut"), "{shown}");
    let steps = connie_tests::rows(&project.connie(&["replay", "r.connie", "--format", "jsonl"]).stdout);
    assert!(steps.len() > 10_000, "{shown}");
    // Lines that the recorder could not store are counted.
    let lines: std::collections::HashSet<_> =
        steps.iter().filter(|step| step["event"] == "line").map(|step| step["line"].as_u64()).collect();
    assert!(shown.contains(&format!("{} lines run", lines.len())), "{shown}");
    let threads = text(&project.connie(&["threads", "r.connie", "--format", "json"]).stdout);
    let threads: serde_json::Value = serde_json::from_str(&threads).expect("JSON");
    assert_eq!(threads[0]["steps"], steps.len(), "{threads}");
}
