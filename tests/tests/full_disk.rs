//! If a disk, or a limit of the user, leaves no room, the program runs as usual, and one message says what is missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use connie_recording::{Recording, sidefiles};
use connie_tests::{Project, connie, pythons, text, until};

/// Makes a recording of more than a few megabytes, and ends with exit code 3.
const PROGRAM: &str = "\
import random
kept = []
for i in range(20000):
    kept.append(random.randbytes(400).hex())
    if len(kept) > 50:
        kept.clear()
print('the program is done')
raise SystemExit(3)
";

/// The same in smaller pieces, several of which fit on a disk of 3 MiB.
fn in_small_pieces() -> Project {
    Project::new(&PROGRAM.replace("20000", "60000").replace("randbytes(400)", "randbytes(60)"))
}

/// A small file system that is unmounted on drop.
struct Disk(PathBuf);

impl Disk {
    fn mount(project: &Project, size: &str) -> Option<Self> {
        let folder = project.path("disk");
        std::fs::create_dir(&folder).expect("a folder");
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn resize(&self, options: &str) {
        let options = format!("remount,{options}");
        let output = Command::new("mount").args(["-o", &options]).arg(&self.0).output().expect("mount");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn record(project: &Project, python: &Path, path: &Path, limit: &str) -> Output {
    let mut command = project.command(Path::new("sh"), &["-c", &format!("{limit} exec \"$@\""), "sh"]);
    command.arg(connie()).args(["run", "--python"]).arg(python).arg("-o").arg(path).arg("main.py");
    command.output().expect("it runs")
}

/// Checks the program's own output and exit code. Returns connie's messages.
fn is_unharmed(output: &Output) -> String {
    assert_eq!(text(&output.stdout), "the program is done\n", "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn the_log_of_a_full_disk_is_folded_in_later() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = in_small_pieces();
    let Some(disk) = Disk::mount(&project, "3m") else { return println!("skipped: no file system can be mounted") };
    let path = disk.0.join("full.connie");
    let said = is_unharmed(&record(&project, &python, &path, ""));
    assert!(said.contains("the program was not affected") && said.contains("full"), "{said}");
    assert!(said.contains("full.connie-wal"), "{said}");
    let log = sidefiles::log_of(&path).expect("a log");
    let steps = Recording::open(&path).expect("a recording").last_step();
    assert!(steps > 1000 && log.exists(), "{steps}");
    // In a folder that nobody can write to, the recording is read together with its log.
    disk.resize("ro");
    assert_eq!(Recording::open(&path).expect("a recording").last_step(), steps);
    let shown = project.connie(&["replay", &path.to_string_lossy(), "--format", "jsonl"]);
    assert_eq!(text(&shown.stdout).lines().count() as u64, steps, "{}", text(&shown.stderr));
    disk.resize("rw,size=30m");
    assert_eq!(Recording::open(&path).expect("a recording").last_step(), steps);
    assert!(!log.exists(), "the log is still there");
    // A recording without a log can be read without writing anything either.
    disk.resize("ro");
    assert_eq!(Recording::open(&path).expect("a recording").last_step(), steps);
}

#[test]
fn a_last_checkpoint_without_room_is_told() {
    let (_, python) = pythons().pop().expect("an interpreter");
    // Nothing is folded into the file before the end: it takes a little more than a quarter of the disk.
    let program = PROGRAM.replace("20000", "1500");
    let project = Project::new(&program);
    let mut told = 0;
    for size in (1200..2800).step_by(200) {
        let Some(disk) = Disk::mount(&project, &format!("{size}k")) else {
            return println!("skipped: no file system can be mounted");
        };
        let path = disk.0.join("full.connie");
        let said = is_unharmed(&record(&project, &python, &path, ""));
        let steps = Recording::open(&path).map_or(0, |recording| recording.last_step());
        let whole = Recording::open(&path).is_ok_and(|recording| recording.info.complete);
        assert!(whole || said.contains("full"), "{size} KiB: {said}");
        // A complete recording with a log is reported as such.
        assert_eq!(whole && sidefiles::log_of(&path).is_some(), said.contains("no room is left"), "{size} KiB: {said}");
        told += u32::from(said.contains("no room is left") && steps > 3000);
        drop(disk);
        std::fs::remove_dir(project.path("disk")).expect("an empty folder");
    }
    assert!(told > 0, "no size of a disk leaves room for all but the last checkpoint");
}

#[test]
fn a_log_is_read_where_its_index_cannot_be_written() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = in_small_pieces();
    let Some(disk) = Disk::mount(&project, "3m") else { return println!("skipped: no file system can be mounted") };
    let path = disk.0.join("full.connie");
    is_unharmed(&record(&project, &python, &path, ""));
    let steps = Recording::open(&path).expect("a recording").last_step();
    std::fs::remove_file(disk.0.join("full.connie-shm")).expect("an index");
    disk.resize("ro");
    assert_eq!(Recording::open(&path).expect("a recording").last_step(), steps);
    let listed = project.connie(&["show", &path.to_string_lossy()]);
    assert!(listed.status.success(), "{}", text(&listed.stderr));
}

#[test]
fn limits_of_file_sizes_stop_the_recording_alone() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(PROGRAM);
    // Limits in KiB: less than any recording needs, less than a ring, and less than this program's recording.
    for limit in ["20", "100", "600", "1500", "6000"] {
        let path = project.path(&format!("{limit}.connie"));
        let said = is_unharmed(&record(&project, &python, &path, &format!("ulimit -f $(({limit} * {}));", blocks())));
        assert_eq!(said.matches("ulimit -f").count(), 1, "{limit}: {said}");
        // All of the recording may fit, except for the last step, which joins two files.
        let is_whole = said.contains("no room is left");
        assert!(is_whole || said.contains("the program was not affected"), "{limit}: {said}");
        if path.exists() {
            let shown = project.connie(&["show", &path.to_string_lossy()]);
            assert!(shown.status.success(), "{limit}: {}", text(&shown.stderr));
        }
    }
    let whole = project.path("whole.connie");
    let said = is_unharmed(&record(&project, &python, &whole, "ulimit -f 1000000;"));
    assert!(!said.contains("ulimit"), "{said}");
}

/// The number of units of the shell's `ulimit -f` in a KiB: bash counts KiB, dash counts blocks of 512 bytes.
fn blocks() -> u32 {
    let project = Project::new("");
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 2; head -c 4096 /dev/zero > size 2>/dev/null; wc -c < size"])
        .current_dir(project.folder.path())
        .output()
        .expect("a shell");
    if text(&output.stdout).trim() == "2048" { 1 } else { 2 }
}

#[test]
fn limits_of_memory_leave_the_program_alone() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(PROGRAM);
    for limit in ["100000", "200000", "600000"] {
        let path = project.path(&format!("{limit}.connie"));
        let output = record(&project, &python, &path, &format!("ulimit -v {limit};"));
        let said = is_unharmed(&output);
        assert!(said.lines().count() <= 2, "{limit}: {said}");
    }
}

#[test]
fn files_of_others_stay() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("print('ran')\n");
    let refuse = |why: &str| {
        let output = project.record(&python, &["-o", "out.connie", "main.py"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(73), String::new()), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    };
    for name in ["out.connie", "out.connie-wal", "out.connie-shm", "out.connie-reserve"] {
        project.write(name, "what somebody wrote\n");
        refuse(name);
        assert_eq!(std::fs::read_to_string(project.path(name)).expect("the file"), "what somebody wrote\n");
        assert_eq!(project.path("out.connie").exists(), name == "out.connie");
        std::fs::remove_file(project.path(name)).expect("the file");
    }
    project.write("out.connie-new", "what somebody wrote\n");
    assert!(project.record(&python, &["-o", "out.connie", "main.py"]).status.success());
    assert!(project.path("out.connie-new").exists());
    // An existing recording is neither replaced nor damaged by a run that fails.
    let before = std::fs::read(project.path("out.connie")).expect("a recording");
    refuse("connie delete");
    let output = project.record(Path::new("/bin/true"), &["-o", "other.connie", "main.py"]);
    assert_eq!(output.status.code(), Some(69), "{}", text(&output.stderr));
    assert_eq!(std::fs::read(project.path("out.connie")).expect("a recording"), before);
}

#[test]
fn recordings_that_are_made_are_not_deleted() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(
        "import os, sys, time\nprint('begun', flush=True)\nwhile not os.path.exists('end'):\n    time.sleep(0.01)\nprint('ended')\nsys.exit(5)\n",
    );
    let mut command = project.command(&connie(), &["run", "--python"]);
    command.arg(&python).args(["-o", "made.connie", "main.py"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("connie runs");
    let path = project.path("made.connie");
    until("it is recorded", || path.exists() && connie_recording::reader::recorder_of(&path).is_some());
    let refused = project.connie(&["delete", "--yes", "made.connie"]);
    assert_eq!(refused.status.code(), Some(64), "{}", text(&refused.stderr));
    let said = text(&refused.stderr);
    assert!(
        said.contains("is being made") && said.contains(&child.id().to_string()) && said.contains("--force"),
        "{said}"
    );
    assert!(path.exists());
    let forced = project.connie(&["delete", "--yes", "--force", "made.connie"]);
    assert!(forced.status.success() && !path.exists(), "{}", text(&forced.stderr));
    project.write("end", "");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(5), "begun\nended\n".into()));
    assert!(text(&output.stderr).contains("connie delete ended the recording"), "{}", text(&output.stderr));
    let left: Vec<_> =
        std::fs::read_dir(project.path("")).expect("the folder").flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("made")), "{left:?}");
}
