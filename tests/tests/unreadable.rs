//! Recordings that cannot be read are distinguished from files that are not recordings: damaged steps, files of others.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use connie_recording::player::Player;
use connie_recording::{Error, Recording};
use connie_tests::{Project, connie, pythons, text};

const LONG: &str = "\
def work():
    found = []
    for i in range(20000):
        found.append(i * 7)
        if i % 50 == 0:
            found = []
    return len(found)
print(work())
";

#[test]
fn damaged_steps_are_tried_once_and_passed_over() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(LONG);
    assert!(project.record(&python, &["-o", "long.connie", "main.py"]).status.success());
    let path = project.path("long.connie");
    let open = || rusqlite::Connection::open(&path).expect("a recording");
    let data: Vec<u8> = open().query_row("SELECT data FROM chunk_data WHERE id = 1", [], |row| row.get(0)).expect("it");
    open().execute("UPDATE chunk_data SET data = x'00112233' WHERE id = 1", []).expect("a disk");
    let recording = Recording::open(&path).expect("a recording");
    assert!(recording.chunks.len() > 2, "{}", recording.chunks.len());
    let (first, steps) = (recording.chunks[1].first_step, recording.chunks[1].steps);
    let why = recording.chunk(1).expect_err("it is damaged").to_string();
    assert!(why.contains(&format!("steps {first} to {}", first + steps - 1)), "{why}");
    // The chunk is not read again, so that its repair has no effect.
    open().execute("UPDATE chunk_data SET data = ? WHERE id = 1", [data]).expect("a disk");
    assert_eq!(recording.chunk(1).expect_err("it was damaged").to_string(), why);
    let mut player = Player::new(&recording);
    let mut seen = 0;
    while player.next_step().is_some() {
        seen += 1;
    }
    assert_eq!(seen, recording.last_step() - steps);
    assert!(matches!(player.damaged[..], [Error::Damaged { .. }]), "{:?}", player.damaged);
    assert!(Recording::open(&path).expect("a recording").chunk(1).is_ok());
    // Readers continue with the other chunks, and report which steps are missing.
    open().execute("UPDATE chunk_data SET data = x'00112233' WHERE id = 1", []).expect("a disk");
    let output = project.connie(&["replay", "long.connie", "--format", "jsonl"]);
    assert!(text(&output.stderr).contains(&format!("steps {first} to")), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).lines().count() as u64, seen);
}

/// Runs connie as a user who owns no files here.
fn as_nobody(project: &Project, binary: &Path, arguments: &[&str]) -> Output {
    let mut command: Command = project.command(binary, arguments);
    command.env("HOME", "/nonexistent").env_remove("XDG_CACHE_HOME").uid(65534).gid(65534);
    // While the binary was copied, another thread may have started a process, which has it open until its `exec`.
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(20));
            }
            output => return output.expect("it runs"),
        }
    }
}

#[test]
fn permission_denied_is_said_to_be() {
    if std::fs::metadata("/proc/self").map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata)).unwrap_or(1) != 0
    {
        return println!("skipped: only root can run as somebody else");
    }
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("print('ran')\n");
    assert!(project.record(&python, &["main.py"]).status.success());
    assert!(project.record(&python, &["-o", "mine.connie", "main.py"]).status.success());
    let mode = |name: &str, mode: u32| {
        std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(mode)).expect("our file");
    };
    let binary = project.path("connie");
    std::fs::copy(connie(), &binary).expect("a copy");
    mode("", 0o755);
    let path = project.path("mine.connie");
    let path = path.to_string_lossy();
    let is_denied = |output: &Output, name: &str| {
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.to_lowercase().contains("permission denied"), "{name}: {said}");
        assert!(said.contains(name) && !said.contains("not a connie recording"), "{name}: {said}");
    };
    for arguments in [&["show", &path][..], &["replay", &path], &["export", &path, "-o", "/dev/null"], &["view", &path]]
    {
        is_denied(&as_nobody(&project, &binary, arguments), "mine.connie");
    }
    // The folder can be listed, but its files cannot be read.
    let listed = as_nobody(&project, &binary, &["list"]);
    let said = text(&listed.stderr);
    assert!(said.contains("ermission denied") && !said.contains("not a connie recording"), "{said}");
    let made = as_nobody(&project, &binary, &["run", "--python", "/bin/true", "main.py"]);
    is_denied(&made, ".connie");
    assert!(text(&made.stderr).contains("--output"), "{}", text(&made.stderr));
    is_denied(
        &as_nobody(&project, &binary, &["run", "--python", "/bin/true", "-o", "x.connie", "main.py"]),
        "x.connie",
    );
    mode(".connie", 0o700);
    is_denied(&as_nobody(&project, &binary, &["list"]), ".connie");
    is_denied(&as_nobody(&project, &binary, &["show", "latest"]), ".connie");
    mode(".connie", 0o755);
    std::fs::create_dir(project.path("closed")).expect("a folder");
    std::fs::copy(project.path("mine.connie"), project.path("closed/mine.connie")).expect("a copy");
    mode("closed", 0o700);
    is_denied(&as_nobody(&project, &binary, &["show", "closed/mine.connie"]), "closed/mine.connie");
    project.write("pyproject.toml", "[tool.connie]\n");
    mode("pyproject.toml", 0o600);
    is_denied(&as_nobody(&project, &binary, &["run", "--python", "/bin/true", "main.py"]), "pyproject.toml");
}
