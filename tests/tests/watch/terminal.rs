//! Keys, in a terminal.

use std::process::{Command, Stdio};

use connie_tests::{Project, connie, text, usual_python};

/// Runs a command in a terminal of its own, and types a key each time the command waits: `terminal.py KEYS COMMAND`.
const TERMINAL: &str = "import os, pty, sys, termios
keys, command = sys.argv[1].encode().decode('unicode_escape').encode(), sys.argv[2:]
pid, end = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, typed = b'', 0
try:
    while piece := os.read(end, 4096):
        seen += piece
        while typed < len(keys) and seen.count(b'waiting for changes') > typed:
            os.write(end, keys[typed : typed + 1])
            typed += 1
except OSError:
    pass
sys.stdout.buffer.write(seen)
print('EXIT', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

fn typed(project: &Project, keys: &str, colours: bool) -> String {
    let (_, python) = usual_python();
    project.write("terminal.py", TERMINAL);
    let mut command: Command = project.command(&python, &["terminal.py", keys]);
    command.arg(connie()).args(["watch", "--python"]).arg(&python).arg("main.py").env("TERM", "xterm");
    if !colours {
        command.env("NO_COLOR", "1");
    }
    text(&command.stdin(Stdio::null()).output().expect("it runs").stdout)
}

#[test]
fn keys_run_again_and_end() {
    let project = Project::new("total = 1\n");
    let said = typed(&project, "r\\nq", true);
    assert!(said.contains("EXIT 0"), "{said}");
    assert!(said.contains("Enter or r: run again · q: quit"), "{said}");
    assert!(said.contains("\x1b[2J"), "{said}");
    assert!(said.contains("\x1b[32m") || said.contains("\x1b[1m"), "{said}");
    let ended = typed(&project, "\\x03", false);
    assert!(ended.contains("EXIT 130"), "{ended}");
    assert!(!ended.contains("\x1b[32m"), "{ended}");
}
