//! Programs that give up system calls (seccomp) run as without connie, and are recorded as far as possible.

use connie_tests::{Project, pythons, text};

/// Installs a filter in the middle of the program that makes some system calls fail.
const PROGRAM: &str = "\
import ctypes, errno, os, struct, sys, time
CALLS = {'open': 2, 'openat': 257, 'mmap': 9, 'madvise': 28, 'futex': 202, 'clock_gettime': 228, 'flock': 73,
    'clock_nanosleep': 230, 'sched_yield': 24, 'kill': 62, 'getpid': 39, 'readlink': 89, 'ftruncate': 77,
    'statx': 332, 'newfstatat': 262, 'fstat': 5, 'clone': 56, 'clone3': 435, 'fallocate': 285}
def deny(names):
    code = [(0x20, 0, 0, 0)]
    for name in names:
        code += [(0x15, 0, 1, CALLS[name]), (0x06, 0, 0, 0x00050000 | errno.EPERM)]
    code.append((0x06, 0, 0, 0x7fff0000))
    class Program(ctypes.Structure):
        _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_char_p)]
    program = Program(len(code), b''.join(struct.pack('HBBI', *one) for one in code))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    return libc.prctl(22, 2, ctypes.byref(program)) == 0
def work(n):
    found = []
    for i in range(n):
        found.append({'i': i, 'text': str(i) * 50})
    return sum(len(one['text']) for one in found)
def forked():
    try:
        pid = os.fork()
    except OSError:
        return 'no fork'
    if pid == 0:
        os._exit(work(10) % 7)
    return os.waitpid(pid, 0)[1]
print(work(100))
print(deny(sys.argv[1:]))
print(work(1500))
print(forked())
def fail():
    raise KeyError('at the end')
fail()
";

#[test]
fn denied_system_calls_change_nothing() {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return println!("skipped: the filter names the system calls of Linux on x86-64");
    }
    let filters: [&[&str]; 3] = [
        &["futex", "clock_gettime", "clock_nanosleep", "sched_yield", "kill", "getpid"],
        &["clone", "clone3"],
        &["open", "openat", "mmap", "madvise", "clock_gettime", "flock", "readlink", "ftruncate", "fallocate", "statx"],
    ];
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        for filter in filters {
            let line: Vec<&str> = std::iter::once("main.py").chain(filter.iter().copied()).collect();
            let alone = project.command(&python, &line).output().expect("it runs");
            if text(&alone.stdout).contains("False") {
                return println!("skipped: no filter may be installed here");
            }
            let recorded = project.record(&python, &line);
            let name = format!("3.{minor}, {filter:?}");
            assert_eq!(text(&recorded.stdout), text(&alone.stdout), "{name}: {}", text(&recorded.stderr));
            assert_eq!(recorded.status.code(), alone.status.code(), "{name}: {}", text(&recorded.stderr));
            let ours = text(&recorded.stderr).lines().filter(|line| line.starts_with("connie:")).count();
            assert!(ours <= 1, "{name}: {}", text(&recorded.stderr));
            let theirs: Vec<String> =
                text(&recorded.stderr).lines().filter(|line| !line.starts_with("connie:")).map(String::from).collect();
            assert_eq!(theirs.join("\n"), text(&alone.stderr).trim_end(), "{name}");
            let show = project.show();
            assert!(show["recording"]["steps"].as_u64().or(show["steps"].as_u64()) > Some(3000), "{name}: {show}");
        }
    }
}
