//! Projects from elsewhere, and folders that others can write to, cannot make connie block, use all memory, write to
//! other files or run code.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use connie_tests::console::{Console, speak};
use connie_tests::{Project, connie, pythons, text};
use serde_json::{Value, json};

fn python() -> String {
    pythons().pop().expect("an interpreter").1.to_string_lossy().into_owned()
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

/// Records with a time limit. The run must succeed.
fn record(project: &Project, arguments: &[&str]) -> Output {
    let python = python();
    let all = [&["run", "--quiet", "--python", &python], arguments].concat();
    let done = project.limited(&connie(), &all, 20, 4096).output().expect("connie runs");
    assert!(done.status.success(), "{arguments:?}: {:?} {}", done.status, text(&done.stderr));
    done
}

#[test]
fn what_others_put_into_shared_memory_stops_nobody() {
    let project = Project::new("print(1)\n");
    project.write(
        "setup.sh",
        "mount -t tmpfs none /dev/shm || exit 99\ncd /dev/shm\nmkdir -m 777 connie-pipe connie-zero connie-mine connie-none\n\
         mkfifo -m 666 connie-pipe/lock\nln -s /dev/zero connie-zero/lock\ntouch connie-mine/lock\n\
         ln -s /etc/passwd connie-link\ntouch -h -d '5 min ago' */lock connie-link\ncd - >/dev/null\n\"$@\"; code=$?\n\
         ls /dev/shm\nexit $code\n",
    );
    let python = python();
    let connie = connie().to_string_lossy().into_owned();
    let all = ["-rm", "sh", "setup.sh", &connie, "run", "-q", "-o", "r.connie", "--python"];
    let all = [&all[..], &[&python, "main.py"]].concat();
    let done = project.limited(Path::new("unshare"), &all, 20, 4096).output().expect("it runs");
    if done.status.code() == Some(99) || text(&done.stderr).contains("unshare") {
        return println!("skipped: this machine lets nobody mount a memory file system of their own (unshare)");
    }
    assert!(done.status.success(), "{:?} {}", done.status, text(&done.stderr));
    // Files left by a killed recorder of this user are removed. Nothing else is touched.
    assert_eq!(text(&done.stdout), "1\nconnie-link\nconnie-none\nconnie-pipe\nconnie-zero\n");
}

/// The folder of the tracer in a cache.
fn bundle(cache: &Path) -> PathBuf {
    let mut found = std::fs::read_dir(cache.join("connie")).expect("a folder").flatten();
    found.next().expect("the tracer's").path()
}

#[test]
fn a_tracer_that_others_can_change_is_not_run() {
    let project = Project::new("print('mine')\n");
    let cache = project.path("cache");
    let run = |what: &str| {
        let python = python();
        let arguments = ["run", "-q", "-o", &format!("{what}.connie"), "--python", &python, "main.py"];
        let done = project.command(&connie(), &arguments).env("XDG_CACHE_HOME", &cache).output().expect("connie");
        assert!(done.status.success(), "{what}: {}", text(&done.stderr));
        assert_eq!(text(&done.stdout), "mine\n", "{what}");
        std::fs::remove_file(project.path(&format!("{what}.connie"))).expect(what);
    };
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
    run("first");
    let site = bundle(&cache).join("sitecustomize.py");
    let good = std::fs::read_to_string(&site).expect("a file");
    let evil = |path: &Path| {
        let text = format!("print('evil')\n{good}");
        std::fs::write(path, &text[..good.len()]).expect("a file");
    };
    // A file of the same length.
    evil(&site);
    run("content");
    assert_eq!(std::fs::read_to_string(&site).expect("a file"), good);
    // A file with the same content, which others may write to.
    mode(&site, 0o666);
    run("mode");
    assert_eq!(site.metadata().expect("a file").permissions().mode() & 0o022, 0);
    // A link to a file with the same content.
    std::fs::rename(&site, project.path("elsewhere.py")).expect("it moves");
    symlink(project.path("elsewhere.py"), &site).expect("a link");
    run("link");
    assert!(!site.is_symlink());
    // A folder that others may write to may contain more than what is checked.
    for folder in [bundle(&cache), cache.clone()] {
        std::fs::create_dir_all(bundle(&cache).join("encodings")).expect("a folder");
        std::fs::write(bundle(&cache).join("encodings/__init__.py"), "print('evil')\n").expect("a file");
        mode(&folder, 0o777);
        run("folder");
        mode(&folder, 0o755);
        std::fs::remove_dir_all(bundle(&cache).join("encodings")).expect("it goes");
    }
    run("again");
    // A folder of another user, which only root can make.
    if std::os::unix::fs::chown(bundle(&cache), Some(65534), None).is_ok() {
        std::fs::create_dir_all(bundle(&cache).join("encodings")).expect("a folder");
        std::fs::write(bundle(&cache).join("encodings/__init__.py"), "print('evil')\n").expect("a file");
        run("owner");
    }
    // A link to a folder elsewhere.
    std::fs::remove_dir_all(&cache).expect("it goes");
    std::fs::create_dir_all(&cache).expect("a folder");
    std::fs::create_dir_all(project.path("aside")).expect("a folder");
    symlink(project.path("aside"), cache.join("connie")).expect("a link");
    run("aside");
    assert_eq!(std::fs::read_dir(project.path("aside")).expect("a folder").count(), 0);
}

#[test]
fn names_that_code_claims_are_read_only_where_they_are_files() {
    let project = Project::new(
        "for name in ('pipe.py', 'zero.py', 'huge.py', '.', 'pipe.py/inner.py', 'zero.py/inner.py'):\n    \
         exec(compile('def f():\\n  return 1\\nf()', name, 'exec'))\nprint('done')\n",
    );
    pipe(&project.path("pipe.py"));
    symlink("/dev/zero", project.path("zero.py")).expect("a link");
    let huge = std::fs::File::create(project.path("huge.py")).expect("a file");
    huge.set_len(20 << 30).expect("a hole");
    let done = record(&project, &["-o", "r.connie", "main.py"]);
    assert_eq!(text(&done.stdout), "done\n");
    let shown = text(&project.connie(&["show", "r.connie"]).stdout);
    assert_eq!(shown.matches("(text unknown)").count(), 3, "{shown}");
    // The adapter does not read them either.
    let mut console = Console::open(&project, "r.connie");
    for name in ["pipe.py", "zero.py", "huge.py"] {
        let source = json!({"path": project.path(name)});
        let said = console.request("setBreakpoints", json!({"source": source, "breakpoints": [{"line": 1}]}));
        assert_eq!(said["breakpoints"].as_array().map(Vec::len), Some(1), "{said}");
        console.request("breakpointLocations", json!({"source": source, "line": 1}));
    }
}

#[test]
fn a_projects_own_files_are_read_only_where_they_are_files() {
    let project = Project::new("x = 1\n");
    let uri = |name: &str| format!("file://{}", project.path(name).display());
    record(&project, &["main.py"]);
    let position = project.path(".connie/position.json");
    pipe(&project.path(".connie/20990101-000000-pipe.connie"));
    symlink("/dev/zero", project.path(".connie/20990101-000000-zero.connie")).expect("a link");
    symlink("/etc/passwd", project.path(".connie/20990101-000000-aside.connie")).expect("a link");
    pipe(&project.path("pipe.py"));
    let hole = |path: &Path| std::fs::File::create(path).and_then(|file| file.set_len(20 << 30)).expect("a hole");
    let as_link: fn(&Path) = |path| symlink("/dev/zero", path).expect("a link");
    for make in [as_link, |path| pipe(path), hole] {
        let _ = std::fs::remove_file(&position);
        make(&position);
        let document = json!({"uri": uri("main.py"), "languageId": "python", "version": 1, "text": "x = 1\n"});
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
        let hints = json!({"textDocument": {"uri": uri("main.py")}, "range": range});
        let test = json!({"command": "connie.testAt", "arguments": [uri("pipe.py"), 0]});
        let said = speak(
            &project,
            &["lsp"],
            &[
                json!({"id": 1, "method": "initialize", "params": {"capabilities": {}, "rootUri": uri("")}}),
                json!({"method": "initialized", "params": {}}),
                json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}),
                json!({"id": 2, "method": "textDocument/inlayHint", "params": hints}),
                json!({"id": 3, "method": "workspace/executeCommand", "params": test}),
                json!({"id": 4, "method": "shutdown"}),
                json!({"method": "exit"}),
            ],
        );
        assert!([2, 3].iter().all(|id| said.iter().any(|message| message["id"] == *id)), "{said:?}");
    }
    for name in ["pyproject.toml", "requirements"] {
        pipe(&project.path(name));
    }
    record(&project, &["main.py"]);
    let listed = project.limited(&connie(), &["list", "--format", "json"], 10, 1024).output().expect("it runs");
    let rows: Vec<Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!((rows.len(), text(&listed.stderr)), (2, String::new()));
    // A recording that is named may be anywhere, but must be a regular file.
    for name in [".connie/20990101-000000-pipe.connie", ".connie/20990101-000000-zero.connie"] {
        let shown = project.limited(&connie(), &["show", name], 10, 1024).output().expect("it runs");
        assert_eq!(shown.status.code(), Some(65), "{}", text(&shown.stderr));
    }
}

#[test]
fn links_in_a_project_lead_to_no_other_file() {
    let project = Project::new("x = 1\n");
    let victim = project.path("victim");
    let leave_alone = |what: &str| {
        assert_eq!(std::fs::read_to_string(&victim).expect("a file"), "important", "{what}");
        assert!(!project.path("new").exists(), "{what}");
    };
    std::fs::write(&victim, "important").expect("a file");
    std::fs::create_dir(project.path(".connie")).expect("a folder");
    for target in ["../new", "../victim"] {
        let ignore = project.path(".connie/.gitignore");
        let _ = std::fs::remove_file(&ignore);
        symlink(target, &ignore).expect("a link");
        record(&project, &["main.py"]);
        leave_alone(target);
    }
    // Beside a new recording: a link with a name that connie needs makes it fail, other links are ignored.
    let reserve = project.path("r.connie-reserve");
    symlink("victim", &reserve).expect("a link");
    let refused = project.record(python().as_ref(), &["-o", "r.connie", "main.py"]);
    assert_eq!(refused.status.code(), Some(73), "{}", text(&refused.stderr));
    leave_alone("-reserve");
    std::fs::remove_file(reserve).expect("it goes");
    for suffix in ["-new", "-new-wal", "-new-journal", "-new-shm"] {
        symlink("victim", project.path(&format!("r.connie{suffix}"))).expect("a link");
    }
    record(&project, &["-o", "r.connie", "main.py"]);
    leave_alone("beside");
    for suffix in ["-wal", "-shm", "-journal"] {
        let link = project.path(&format!("s.connie{suffix}"));
        symlink("victim", &link).expect("a link");
        let refused = project.record(python().as_ref(), &["-o", "s.connie", "main.py"]);
        assert_eq!(refused.status.code(), Some(73), "{}", text(&refused.stderr));
        assert!(text(&refused.stderr).contains(&format!("s.connie{suffix}")), "{}", text(&refused.stderr));
        leave_alone(suffix);
        std::fs::remove_file(link).expect("it goes");
    }
    // Beside the position of a debugger.
    let begin = std::process::id();
    for pid in begin..begin + 3000 {
        symlink("../victim", project.path(&format!(".connie/position.{pid}.new"))).expect("a link");
    }
    let mut console = Console::open(&project, "r.connie");
    console.start();
    leave_alone("position");
    let position = project.path(".connie/position.json");
    assert!(position.is_file() && !position.is_symlink());
    drop(console);
    // A link to a folder elsewhere is not used as `.connie`.
    std::fs::remove_dir_all(project.path(".connie")).expect("it goes");
    let aside = tempfile::tempdir().expect("a folder");
    symlink(aside.path(), project.path(".connie")).expect("a link");
    project.write("setup.py", "");
    let refused = project.record(python().as_ref(), &["main.py"]);
    assert_eq!(refused.status.code(), Some(73), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("a link that leaves the project"), "{}", text(&refused.stderr));
    assert_eq!(std::fs::read_dir(aside.path()).expect("a folder").count(), 0);
}

#[test]
fn a_new_folder_of_recordings_is_private() {
    let project = Project::new("x = 1\n");
    record(&project, &["main.py"]);
    let mode = |name: &str| project.path(name).metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(".connie"), 0o700);
    for entry in std::fs::read_dir(project.path(".connie")).expect("a folder").flatten() {
        if entry.path().extension().is_some_and(|e| e == "connie") {
            assert_eq!(mode(&format!(".connie/{}", entry.file_name().to_string_lossy())), 0o600);
        }
    }
}

#[test]
fn vs_code_takes_no_program_from_a_folder_that_is_not_trusted() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode/package.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).expect("a file")).expect("JSON");
    let trust = &manifest["capabilities"]["untrustedWorkspaces"];
    assert_eq!(trust["supported"], "limited");
    let settings = manifest["contributes"]["configuration"]["properties"].as_object().expect("settings");
    // Every setting that is a text, and not one of a few words, may name a program.
    for (name, setting) in settings.iter().filter(|(_, setting)| setting["type"] == "string") {
        let restricted = trust["restrictedConfigurations"].as_array().expect("a list");
        assert!(restricted.iter().any(|one| one == name), "{name}");
        assert_eq!(setting["scope"], "machine-overridable", "{name}");
    }
}
