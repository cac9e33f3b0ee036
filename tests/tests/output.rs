//! Text written to the descriptors 1 and 2 is recorded once, at the step that wrote it.

use connie_tests::{Project, pythons, text};

/// (stream, text, line) of each output. Newlines that `print` writes separately are joined to the text before.
fn written(project: &Project) -> Vec<(String, String, u64)> {
    let steps = project.replay(&[]);
    let mut found: Vec<(String, String, u64)> = Vec::new();
    for step in steps.iter().filter(|step| step["event"] == "output") {
        let one = (
            step["stream"].as_str().expect("a stream").to_owned(),
            step["text"].as_str().expect("a text").to_owned(),
            step["line"].as_u64().unwrap_or(0),
        );
        match found.last_mut() {
            Some(last) if one.1 == "\n" && last.0 == one.0 && last.2 == one.2 => last.1.push('\n'),
            _ => found.push(one),
        }
    }
    found
}

/// Each line of the program that writes ends with the expected output, as `#1 text` or `#2 text`; `\n` is a new line.
fn check(program: &str) {
    let mut expected = Vec::new();
    for (line, source) in (1..).zip(program.lines()) {
        let Some((_, comment)) = source.rsplit_once('#') else { continue };
        let Some((stream, wanted)) = comment.split_once(' ') else { continue };
        let stream = match stream {
            "1" => "stdout",
            "2" => "stderr",
            _ => continue,
        };
        for one in wanted.split('|') {
            expected.push((stream.to_owned(), one.replace("\\n", "\n"), line));
        }
    }
    assert!(!expected.is_empty());
    let project = Project::new(program);
    for (minor, python) in pythons() {
        for arguments in [&["main.py"][..], &["-u", "main.py"]] {
            let plain = project.command(&python, arguments).output().expect("python runs");
            let mut command = project.command(&connie_tests::connie(), &["run", "--quiet", "--python"]);
            command.arg(&python);
            if arguments[0] == "-u" {
                command.env("PYTHONUNBUFFERED", "1");
            }
            let recorded = command.arg("main.py").output().expect("connie runs");
            assert_eq!(text(&plain.stdout), text(&recorded.stdout), "3.{minor} {arguments:?}");
            assert_eq!(text(&plain.stderr), text(&recorded.stderr), "3.{minor} {arguments:?}");
            assert_eq!(written(&project), expected, "3.{minor} {arguments:?}");
        }
    }
}

#[test]
fn every_way_to_write_is_recorded_once_at_its_step() {
    check(
        r#"import io, os, sys, array, logging
print('one')  #1 one\n
sys.stdout.buffer.write(b'two\n')  #1 two\n
os.write(1, b'three\n')  #1 three\n
os.write(2, b'four\n')  #2 four\n
os.writev(1, [b'five', bytearray(b' six'), memoryview(b' seven\n')])  #1 five six seven\n
print('eight', flush=True)  #1 eight\n
sys.stdout.write('nine ')  #1 nine 
sys.stdout.flush()
sys.stdout.buffer.write(bytearray(b'ten '))  #1 ten 
sys.stdout.buffer.write(memoryview(b'xelevenx')[1:-1])  #1 eleven
sys.stdout.buffer.write(array.array('B', b' twelve\n'))  #1  twelve\n
sys.stdout.buffer.flush()
sys.stdout.writelines(['a', 'b\n'])  #1 a|b\n
sys.stdout.buffer.writelines([b'c', b'd\n'])  #1 c|d\n
print('err', file=sys.stderr)  #2 err\n
sys.stderr.buffer.write(b'raw err\n')  #2 raw err\n
sys.stderr.flush()
logging.warning('logged')  #2 WARNING:root:logged\n
own = open(1, 'wb', closefd=False)
own.write(b'own\n')  #1 own\n
own.flush()
bare = open(2, 'wb', buffering=0, closefd=False)
bare.write(b'bare\n')  #2 bare\n
text = os.fdopen(os.dup(1), 'w')
text = io.TextIOWrapper(open(1, 'wb', closefd=False), encoding='utf-16')
text.write('wide\n')  #1 wide\n
text.flush()
line = open(1, 'w', buffering=1, closefd=False, newline='\r\n')
line.write('lines\n')  #1 lines\n
io.FileIO(1, 'w', closefd=False).write(b'file\n')  #1 file\n
os.write(1, b'')
sys.stdout.buffer.write(b'')
print('last')  #1 last\n
"#,
    );
}

#[test]
fn what_does_not_go_to_the_descriptors_is_not_output() {
    check(
        r#"import contextlib, io, os, sys, tempfile
kept = io.StringIO()
with contextlib.redirect_stdout(kept):
    print('not seen')
    sys.__stdout__.write('seen\n')  #1 seen\n
with tempfile.TemporaryFile('w+') as file:
    file.write('not seen')
    file.flush()
    file.seek(0)
    file.read()
    with contextlib.redirect_stdout(file):
        print('not seen')
with tempfile.TemporaryFile('w+b') as file:
    file.write(b'not seen')
    os.write(file.fileno(), b'not seen')
a, b = os.pipe()
os.write(b, b'not seen')
with contextlib.redirect_stderr(sys.stdout):
    print('crossed', file=sys.stderr)  #1 crossed\n
class Tee(io.RawIOBase):
    def writable(self): return True
    def write(self, data): return sys.stdout.buffer.raw.write(data) if hasattr(sys.stdout.buffer, 'raw') else sys.stdout.buffer.write(data)  #1 through\n
tee = io.BufferedWriter(Tee())
tee.write(b'through\n')
tee.flush()
sys.stdout.flush()
class Broken:
    def __index__(self): raise ValueError
for arguments in [(), (1,), (Broken(), b'x'), (1, 'text'), (1, b'x', 3), (-1, b'x'), (999999, b'x')]:
    try:
        os.write(*arguments)
    except (TypeError, ValueError, OSError) as error:
        pass
try:
    print('x\ud800')
except UnicodeEncodeError:
    pass
sys.stdout = sys.stderr
print('moved')  #2 moved\n
"#,
    );
}

#[test]
fn redirected_descriptors_and_partial_writes() {
    check(
        r#"import os, sys
a, b = os.pipe()
os.set_blocking(b, False)
kept = os.dup(1)
sys.stdout.flush()
os.dup2(b, 1)
n = os.write(1, b'x' * 100000)
print(n, file=sys.stderr)  #2 65536\n
full = open(1, 'wb', buffering=16, closefd=False)
try:
    full.write(b'y' * 100)
except BlockingIOError as error:
    print(error.characters_written, file=sys.stderr)  #2 16\n
raw = open(1, 'wb', buffering=0, closefd=False)
print(raw.write(b'z'), file=sys.stderr)  #2 None\n
os.read(a, 100000)
full.flush()
os.dup2(kept, 1)
print('back')  #1 back\n
"#
        .replace("n = os.write(1, b'x' * 100000)", &format!("n = os.write(1, b'x' * 100000)  #1 {}", "x".repeat(65536)))
        .replace("full.write(b'y' * 100)", "full.write(b'y' * 100)  #1 yyyyyyyyyyyyyyyy")
        .as_str(),
    );
}

/// Bytes are stored unchanged. When shown, invalid text is replaced by U+FFFD.
#[test]
fn bytes_that_are_no_text_are_kept() {
    let project =
        Project::new("import os, sys\nos.write(1, b'\\xff\\xfe\\n')\nsys.stdout.buffer.write(b'a\\x80b\\n')\n");
    for (minor, python) in pythons() {
        let output = project.record(&python, &["--output", "r.connie", "main.py"]);
        // The buffer is flushed at the end, unlike the output of os.write.
        assert_eq!(output.stdout, b"\xff\xfe\na\x80b\n", "3.{minor}");
        let recording = connie_recording::Recording::open(&project.path("r.connie")).expect("a recording");
        let steps: Vec<u64> = recording.output_after(0, 9).expect("output").iter().map(|one| one.step).collect();
        let kept: Vec<_> = steps.iter().map(|step| recording.output_at(*step).expect("bytes")).collect();
        assert_eq!(kept, [&b"\xff\xfe\n"[..], b"a\x80b\n"], "3.{minor}");
        std::fs::remove_file(project.path("r.connie")).expect("a recording");
    }
}

#[test]
fn threads_and_exits_lose_and_repeat_nothing() {
    let project = Project::new(
        "import atexit, os, sys, threading\n\
         def work(n):\n    for k in range(50):\n        print(f'p{n}.{k};', end='')\n        sys.stdout.buffer.write(b'b%d.%d;' % (n, k))\n        os.write(2, b'o%d.%d;' % (n, k))\n\
         threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n\
         [thread.start() for thread in threads]\n[thread.join() for thread in threads]\n\
         atexit.register(lambda: sys.stdout.buffer.write(b'bye;'))\nprint('last;', end='')\n",
    );
    for (minor, python) in pythons() {
        let output = project.record(&python, &["main.py"]);
        let sorted = |text: &str| {
            let mut parts: Vec<String> = text.split(';').map(str::to_owned).collect();
            parts.sort();
            parts.retain(|part| !part.is_empty());
            parts
        };
        let all = |stream: &str| -> String {
            written(&project).into_iter().filter(|one| one.0 == stream).map(|one| one.1).collect()
        };
        assert_eq!(sorted(&all("stdout")), sorted(&text(&output.stdout)), "3.{minor}");
        assert_eq!(sorted(&all("stderr")), sorted(&text(&output.stderr)), "3.{minor}");
        assert_eq!(sorted(&all("stdout")).len(), 402, "3.{minor}");
    }
}

#[test]
fn what_goes_to_copies_of_the_descriptors_is_recorded_once() {
    check(
        r#"import contextlib, fcntl, io, os, sys
fd = os.dup(1); os.write(fd, b'dup\n'); os.close(fd)  #1 dup\n
os.dup2(1, 70); os.writev(70, [b'dup', b'2\n']); os.close(70)  #1 dup2\n
fd = fcntl.fcntl(2, fcntl.F_DUPFD, 60); os.write(fd, b'fcntl\n'); os.close(fd)  #2 fcntl\n
f = os.fdopen(os.dup(2), 'w'); n = f.write('fdopen\n')
f.close()  #2 fdopen\n
with open('/dev/stdout', 'w') as f: n = f.write('dev\n')  #1 dev\n
with open('/dev/fd/2', 'wb') as f: n = f.write(b'dev 2\n')  #2 dev 2\n
with open('/dev/stdout', 'wb', buffering=0) as f: n = f.write(b'raw\n')  #1 raw\n
f = io.TextIOWrapper(open(os.dup(1), 'wb', buffering=0), write_through=True); n = f.write('through\n'); f.close()  #1 through\n
sys.__stdout__.write('original\n'); sys.__stdout__.flush()  #1 original\n
with contextlib.redirect_stdout(io.StringIO()): print('nowhere')
with contextlib.redirect_stdout(open('/dev/stderr', 'w')): print('elsewhere', flush=True)  #2 elsewhere\n
f = open('file.txt', 'wb', buffering=0); n = f.write(b'no'), os.write(f.fileno(), b'no'); f.close()
with open(os.devnull, 'w') as f: n = f.write('no')
r, w = os.pipe(); n = os.write(w, b'no'); os.close(r); os.close(w)
saved = os.dup(1); f = open('file.txt', 'w'); n = os.dup2(f.fileno(), 1)
n = os.write(saved, b'not where 1 leads now\n')
n = os.dup2(saved, 1); print('back')  #1 back\n
"#,
    );
}
