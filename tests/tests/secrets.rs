//! Recordings contain no secrets, and values that are not secrets stay readable.

use std::path::Path;
use std::process::Output;

use connie_tests::{Project, pythons, text};
use rusqlite::types::ValueRef;

/// All bytes of a recording: the file, the cells of all tables, and uncompressed chunks.
fn bytes(path: &Path) -> Vec<u8> {
    let mut all = std::fs::read(path).expect("a recording");
    let connection = rusqlite::Connection::open(path).expect("a recording");
    let tables: Vec<String> = {
        let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("tables");
        let names = statement.query_map([], |row| row.get(0)).expect("tables");
        names.map(|name| name.expect("a name")).collect()
    };
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                match row.get_ref(column).expect("a cell") {
                    ValueRef::Text(text) => all.extend(text),
                    ValueRef::Blob(blob) => {
                        all.extend(blob);
                        all.extend(zstd::stream::decode_all(blob).unwrap_or_default());
                    }
                    _ => {}
                }
                all.push(b'\n');
            }
        }
    }
    all
}

fn has(all: &[u8], secret: &str) -> bool {
    all.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// The last recording.
fn latest(project: &Project) -> std::path::PathBuf {
    let path = project.show()["path"].as_str().map(std::path::PathBuf::from);
    path.unwrap_or_else(|| {
        let mut all: Vec<_> = std::fs::read_dir(project.path(".connie")).expect("recordings").flatten().collect();
        all.retain(|entry| entry.path().extension().is_some_and(|extension| extension == "connie"));
        all.sort_by_key(std::fs::DirEntry::file_name);
        all.pop().expect("a recording").path()
    })
}

fn ok(output: &Output) {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// The program builds the secrets while it runs, so that its source does not contain them.
const PROGRAM: &str = r#"
import collections, email.message, json, os, subprocess, sys, types
def mk(n): return 'hunt' + 'er2-' + str(n) * 4
def f(password='', *, api_keys=()): return len(password)
class Vault:
    def __init__(self): self.refresh_token = mk(10)
    @property
    def password(self): return mk(11)
    def get_passphrase(self):
        found = mk(12)
        return found
async def app(scope): return len(scope['headers'])
def names():
    refresh_token = mk(13); passphrase = mk(14); jwt = mk(15); bearer = mk(16); credentials = mk(17)
    passwords = mk(18); password1 = mk(19); DBPassword = mk(20); token = 'a1B2' + 'c3D4e5F6g7H8'
    a = collections.defaultdict(str, password=mk(22))
    b = {b'DB_PASSWORD': mk(23).encode()}
    c = [('Authorization', mk(24))]
    d = email.message.Message(); d['Authorization'] = mk(25)
    e = types.SimpleNamespace(headers=[(b'authorization', mk(26).encode())])
    g = ['tool', '--password', mk(27), '--api-key=' + mk(28)]
    h = {'name': 'password', 'value': mk(29)}
    i = collections.OrderedDict(secret=mk(30))
    v = Vault(); x = v.password; y = v.get_passphrase()
    subprocess.run([sys.executable, 'child.py', '--password', mk(33), '--api-key=' + mk(34)], check=True)
    f(mk(31), api_keys=['hun' + 'ter2-list'])
    return None
def shapes():
    s = 'AKIA' + 'IOSFODNN7' + 'EXAMPLE'
    t = f'key {s}!'
    url = 'postgres://bob:' + mk(40) + '@host/db'
    j = json.dumps({'password': mk(41)})
    print('Authorization:', 'Bearer', mk(42))
    sys.stdout.write(mk(43)[:5]); sys.stdout.write(mk(43)[5:] + '\n')
    f(mk(43))
    pem = '-----BEGIN ' + 'PRIVATE KEY-----\n' + 'MIIEvQIBADAN' + 'Bgkqhkis\n' + '-----END ' + 'PRIVATE KEY-----\n'
    lines = pem.splitlines()
    try: raise ValueError('no access with ' + mk(44), {'password': mk(44)})
    except ValueError as error: return str(error)
def before():
    plain = mk(50)
    print('got', plain)
    text = 'it is ' + plain
    f(plain)
names(); shapes(); before()
token = 'if'; tokens = ['if', 'else']; next_token = 'identifier_expected'; author = 'Some Body'
key = 'transformer.h.11.attn.weight'; has_password = True; span = (1, 2); bypassed = 'yes'; password = None
"#;

#[test]
fn no_secret_is_stored() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.write("child.py", "import sys\nwhole = ' '.join(sys.argv)\n");
        let secrets = ["main.py", "--password", "hunter2-argv", "--token=hunter2-5555a"];
        ok(&project.record(&python, &secrets));
        let all = bytes(&latest(&project));
        let found: Vec<String> = (10..60)
            .map(|n| format!("hunter2-{}", n.to_string().repeat(4)))
            .chain(["hunter2-argv".into(), "hunter2-5555a".into(), "AKIAIOSFODNN7EXAMPLE".into()])
            .chain(["a1B2c3D4e5F6g7H8".into(), "hunter2-list".into(), "MIIEvQIBADANBgkqhkis".into()])
            .filter(|secret| has(&all, secret))
            .collect();
        assert_eq!(found, [""; 0], "3.{minor}");
        let rows = project.replay(&["--locals", "all"]);
        let last = rows.iter().rev().find(|row| !row["locals"].is_null()).expect("variables");
        for (name, value) in [
            ("token", "'if'"),
            ("tokens", "['if', 'else']"),
            ("next_token", "'identifier_expected'"),
            ("author", "'Some Body'"),
            ("key", "'transformer.h.11.attn.weight'"),
            ("has_password", "True"),
            ("bypassed", "'yes'"),
        ] {
            let shown = rows.iter().any(|row| row["locals"][name] == value || row["changes"][name] == value);
            assert!(shown, "3.{minor}: {name} {last}");
        }
    }
}

#[test]
fn output_keeps_what_is_no_secret() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(
        "import sys\nprint('user:', 'bob', 'password=' + 'hun' + 'ter2')\nprint('Cookie:', 'sid=' + 'abcdefgh')\nprint('fine')\n",
    );
    ok(&project.record(&python, &["main.py"]));
    let connection = rusqlite::Connection::open(latest(&project)).expect("a recording");
    let mut statement = connection.prepare("SELECT text FROM output ORDER BY step").expect("output");
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("output");
    let printed: Vec<u8> = rows.flat_map(|row| row.expect("a row")).collect();
    assert_eq!(text(&printed), "user: bob password=<redacted>\nCookie: <redacted>\nfine\n");
}

const SETTINGS: &str = "ssn = 'abc' + 'defg'\ncard_number = 'card' + '-1234'\npassword = 'let' + 'me-in'\n";

/// For each of the three values, whether the recording has it.
fn kept(project: &Project) -> [bool; 3] {
    let all = bytes(&latest(project));
    ["abcdefg", "card-1234", "letme-in"].map(|secret| has(&all, secret))
}

#[test]
fn command_line_and_project_say_what_is_secret() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(SETTINGS);
    let run = |settings: &str, options: &[&str]| {
        project.write("pyproject.toml", settings);
        ok(&project.record(&python, &[options, &["main.py"]].concat()));
        kept(&project)
    };
    assert_eq!(run("", &[]), [true, true, false]);
    assert_eq!(run("", &["--redact", "ssn"]), [false, true, false]);
    assert_eq!(run("", &["--redact", "card_*", "--redact", "ssn"]), [false, false, false]);
    assert_eq!(run("", &["--no-redact"]), [true, true, true]);
    assert_eq!(run("[tool.connie]\nredact = ['ssn']\n", &[]), [false, true, false]);
    assert_eq!(run("[tool.connie]\nredact = ['ssn']\n", &["--redact", "card_*"]), [false, false, false]);
    assert_eq!(run("[tool.connie]\nredact = ['ssn']\n", &["--no-redact"]), [true, true, true]);
    assert_eq!(run("[tool.connie]\nno-redact = true\n", &[]), [true, true, true]);
    assert_eq!(run("[tool.connie]\nno-redact = true\n", &["--redact", "ssn"]), [false, true, false]);
}

/// A program with secrets in all places where they can be. It is recorded without redaction.
const LEAKY: &str = r#"
import sys
password = "hunter2-source"
class C:
    secret = "hunter2-class"
def use(value, passphrase="hunter2-default"):
    copy = [value, {"k": value}]
    copy.append(value + "!")
    print("it is", value)
    raise KeyError(value)
for n in range(3000):
    api_key = f"hunter2-key{n % 3}"
try:
    use(password)
except KeyError as error:
    text = str(error)
    note = "noted: " + password
plain = "hunter2-plain"
"#;

#[test]
fn export_takes_secrets_out_of_every_page() {
    for (minor, python) in pythons() {
        let project = Project::new(LEAKY);
        ok(&project.record(&python, &["--no-redact", "main.py", "--password", "hunter2-argv"]));
        let secrets = ["source", "class", "default", "key0", "key2", "argv"].map(|name| format!("hunter2-{name}"));
        let all = bytes(&latest(&project));
        assert!(secrets.iter().all(|secret| has(&all, secret)), "3.{minor}");
        ok(&project.connie(&["export", "--redact", "-o", "clean.connie"]));
        let all = bytes(&project.path("clean.connie"));
        let found: Vec<_> = secrets.iter().filter(|secret| has(&all, secret)).collect();
        assert!(found.is_empty() && has(&all, "hunter2-plain"), "3.{minor}: {found:?}");
        // The text of the replay is the same, except for the secrets.
        let story = |run: &str| {
            let output = project.connie(&["replay", run, "--format", "jsonl"]);
            ok(&output);
            text(&output.stdout)
        };
        let (whole, clean) = (story("latest"), story("clean.connie"));
        assert_eq!(whole.lines().count(), clean.lines().count());
        assert!(clean.contains("<redacted str>") && !clean.contains("hunter2-source"), "3.{minor}");
        let lines = |text: &str| -> Vec<(u64, u64)> {
            let rows = connie_tests::rows(text.as_bytes());
            rows.iter().map(|row| (row["step"].as_u64().unwrap_or(0), row["line"].as_u64().unwrap_or(0))).collect()
        };
        assert_eq!(lines(&whole), lines(&clean));
    }
}

#[test]
fn export_takes_texts_and_patterns() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new(LEAKY);
    ok(&project.record(&python, &["--no-redact", "main.py"]));
    ok(&project.connie(&["export", "latest", "-o", "value.connie", "--redact", "value:hunter2-plain", "text"]));
    let all = bytes(&project.path("value.connie"));
    assert!(!has(&all, "hunter2-plain") && !has(&all, "hunter2-source"));
    ok(&project.connie(&["export", "--redact", "latest", "--format", "html", "-o", "page.html"]));
    let page = std::fs::read(project.path("page.html")).expect("a page");
    assert!(!has(&page, "hunter2-source") && has(&page, "hunter2-plain"));
}

/// Redaction does not change what the program itself sees.
#[test]
fn the_program_sees_its_secrets() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let project = Project::new("import sys\npassword = 'hunter2' + '-seen'\nprint(password, sys.argv[2])\n");
    let output = project.record(&python, &["main.py", "--password", "hunter2-argv"]);
    assert_eq!(text(&output.stdout), "hunter2-seen hunter2-argv\n");
}

#[test]
fn secrets_of_modules_that_are_not_recorded_are_not_stored() {
    for (minor, python) in pythons() {
        let project = Project::new("import conf\nn = len(conf.PASSWORD)\nurl = conf.URL\n");
        project.write("conf.py", "PASSWORD = 'hunter2 is my word'\nURL = 'somewhere'\n");
        ok(&project.record(&python, &["--exclude", "conf.py", "main.py"]));
        let all = bytes(&latest(&project));
        assert!(!has(&all, "hunter2 is my word"), "3.{minor}");
        assert!(has(&all, "somewhere"), "3.{minor}");
    }
}
