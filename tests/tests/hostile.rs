//! Recordings that were made to do harm are refused, or shown as far as possible, with bounded time and memory.

use std::path::Path;

use connie_tests::console::speak;
use connie_tests::{Project, connie, pythons, text};
use rusqlite::Connection;
use serde_json::json;

const PROGRAM: &str = "import threading\n\n\nclass Shop:\n    def __init__(self):\n        self.stock = {'tea': [1, 2.5]}\n\n\n\
    def serve(shop, n):\n    shop.stock[n] = str(n)\n    print('served', n)\n    return n\n\n\nshop = Shop()\n\
    worker = threading.Thread(target=serve, args=(shop, 1))\nworker.start()\nworker.join()\n\
    for n in range(30):\n    serve(shop, n)\ntry:\n    raise ValueError(n)\nexcept ValueError:\n    pass\nshop.missing\n";

/// Seconds and MiB that each command may use.
const BOUNDS: (u32, u32) = (20, 2048);

struct Hostile {
    project: Project,
    good: Vec<u8>,
}

impl Hostile {
    fn new() -> Self {
        let project = Project::new(PROGRAM);
        let (_, python) = pythons().pop().expect("an interpreter");
        let recorded = project.record(&python, &["-o", "good.connie", "main.py"]);
        assert_eq!(recorded.status.code(), Some(1), "{}", text(&recorded.stderr));
        let good = std::fs::read(project.path("good.connie")).expect("a recording");
        std::fs::create_dir(project.path(".connie")).expect("a folder");
        Self { project, good }
    }

    /// Changes a fresh copy of the recording by these statements. Returns whether SQLite accepted them.
    fn change(&self, sql: &str) -> bool {
        let path = self.project.path(".connie/bad.connie");
        std::fs::write(&path, &self.good).expect("a file");
        let connection = Connection::open(path).expect("SQLite");
        connection.execute_batch(&format!("PRAGMA journal_mode=MEMORY; {sql}")).is_ok()
    }

    /// Runs a command on the recording, which must end in an orderly way. Returns its exit code and output.
    fn run(&self, what: &str, arguments: &[&str]) -> (i32, String) {
        let (seconds, memory) = BOUNDS;
        let done = self.project.limited(&connie(), arguments, seconds, memory).output().expect("connie runs");
        let said = text(&done.stderr);
        let orderly = matches!(done.status.code(), Some(0 | 1 | 64 | 65 | 66 | 73 | 74));
        assert!(orderly, "{what}: {arguments:?}: {:?} {said}", done.status);
        assert!(!said.contains("panicked") && !said.contains("allocation"), "{what}: {arguments:?}: {said}");
        (done.status.code().unwrap_or(-1), said)
    }
}

const ALL: [&[&str]; 11] = [
    &["list"],
    &["show", "bad"],
    &["replay", "bad", "--format", "jsonl", "--locals", "all"],
    &["export", "bad", "--format", "html", "--force", "-o", "bad.html"],
    &["replay", "bad"],
    &["threads", "bad"],
    &["search", "bad", "served"],
    &["profile", "bad"],
    &["export", "bad", "--format", "trace", "--force", "-o", "bad.json"],
    &["report", "bad", "-o", "bad-report"],
    &["export", "bad", "--format", "recording", "--force", "-o", "copy.connie"],
];

#[test]
fn what_is_no_plain_table_is_refused() {
    let hostile = Hostile::new();
    let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)";
    for (what, sql) in [
        ("view", format!("ALTER TABLE recording RENAME TO r; CREATE VIEW recording AS {endless} SELECT r.* FROM r, n")),
        ("view", format!("DROP TABLE strings; CREATE VIEW strings AS {endless} SELECT n AS id, 'x' AS text FROM n")),
        ("view", "CREATE VIEW unused AS SELECT randomblob(1000000000)".into()),
        ("trigger", "CREATE TRIGGER t AFTER UPDATE ON recording BEGIN DELETE FROM chunks; END".into()),
        ("virtual", "CREATE VIRTUAL TABLE late2 USING rtree(id, a, b)".into()),
        ("virtual", "DROP TABLE late; CREATE VIRTUAL TABLE late USING fts3(object, slot, first_step, last_step)".into()),
        ("computed", "ALTER TABLE strings ADD COLUMN more AS (zeroblob(100000000))".into()),
        ("computed", "DROP TABLE late; CREATE TABLE late (object, slot, first_step AS (zeroblob(9)), last_step)".into()),
        ("index", "CREATE INDEX i ON strings (hex(text))".into()),
        ("index", "CREATE INDEX i ON strings (id) WHERE id > 3".into()),
        ("tables", (0..200).map(|n| format!("CREATE TABLE t{n} (x);")).collect()),
        // The file claims another schema.
        (
            "is damaged",
            "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE VIEW types AS SELECT 1' WHERE name = 'types'".into(),
        ),
    ] {
        assert!(hostile.change(&sql), "{sql}");
        for command in &ALL[1..4] {
            let (code, said) = hostile.run(&sql, command);
            assert!(code == 65 && said.contains(what), "{sql}: {command:?}: {code} {said}");
        }
        // The other recordings are still listed.
        let (code, said) = hostile.run(&sql, ALL[0]);
        assert!(code == 0 && said.contains(what), "{sql}: {said}");
    }
}

#[test]
fn counts_are_no_reason_to_take_memory() {
    let hostile = Hostile::new();
    for sql in [
        "UPDATE chunks SET steps = 4294967295",
        "UPDATE chunks SET steps = 9223372036854775807",
        "UPDATE chunks SET steps = -1",
        "UPDATE chunks SET first_step = 0",
        "UPDATE chunks SET first_step = 9223372036854775807",
        "INSERT INTO chunks SELECT id + 1, first_step, steps, births, checksum, lines, depths FROM chunks",
        "UPDATE chunks SET lines = zeroblob(100000000)",
    ] {
        assert!(hostile.change(sql), "{sql}");
        for command in &ALL[..4] {
            hostile.run(sql, command);
        }
        assert_eq!(hostile.run(sql, ALL[2]).0, 65, "{sql}");
    }
}

/// The adapter refuses to attach, or stops where it can.
#[test]
fn the_adapter_refuses_what_makes_no_sense() {
    let hostile = Hostile::new();
    for sql in [
        "UPDATE chunks SET steps = 4294967295",
        "UPDATE chunks SET first_step = 0",
        "CREATE VIEW unused AS SELECT 1",
        "UPDATE chunk_data SET data = zeroblob(100)",
    ] {
        assert!(hostile.change(sql), "{sql}");
        let initialize = json!({"seq": 1, "type": "request", "command": "initialize", "arguments": {}});
        let recording = hostile.project.path(".connie/bad.connie");
        let attach = json!({"seq": 2, "type": "request", "command": "attach", "arguments": {"recording": recording}});
        let configured = json!({"seq": 3, "type": "request", "command": "configurationDone"});
        let threads = json!({"seq": 4, "type": "request", "command": "threads"});
        let end = json!({"seq": 5, "type": "request", "command": "disconnect"});
        let said = speak(&hostile.project, &["dap"], &[initialize, attach, configured, threads, end]);
        let answer = |n: u64| said.iter().find(|message| message["request_seq"] == n).cloned().unwrap_or_default();
        assert_eq!(answer(2)["success"], sql.contains("zeroblob"), "{sql}: {said:?}");
        assert_eq!(answer(5)["success"], true, "{sql}: {said:?}");
    }
}

/// Sources that are nested too deeply for Python. A parser without limits would overflow the stack.
#[test]
fn sources_are_parsed_within_bounds() {
    let hostile = Hostile::new();
    for text in ["x = {-}1", "match x:\n case {[}", "x = a{.b}", "x = 1{ + 1}", "x = f{(1, 2)}", "x = {lambda: }1"] {
        let (before, rest) = text.split_once('{').expect("a brace");
        let (again, after) = rest.split_once('}').expect("a brace");
        let source = format!("def f(x):\n    return x\n{before}{}{after}\n", again.repeat(60_000));
        let sql = format!("UPDATE sources SET text = '{source}'");
        assert!(hostile.change(&sql));
        hostile.run(text, ALL[3]);
        let uri = format!("file://{}", hostile.project.path("main.py").display());
        let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": source});
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
        let said = speak(
            &hostile.project,
            &["lsp"],
            &[
                json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}),
                json!({"method": "initialized", "params": {}}),
                json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}),
                json!({"id": 2, "method": "textDocument/inlayHint", "params": {"textDocument": {"uri": uri}, "range": range}}),
                json!({"id": 3, "method": "shutdown"}),
                json!({"method": "exit"}),
            ],
        );
        assert!(said.iter().any(|message| message["id"] == 2), "{text}: {said:?}");
    }
}

/// A chunk of a few kilobytes that unpacks to a gigabyte.
#[test]
fn chunks_unpack_to_what_they_can_be() {
    let hostile = Hostile::new();
    for size in [50 << 20, 1usize << 30] {
        let packed = {
            let mut packer = zstd::Encoder::new(Vec::new(), 1).expect("zstd");
            let piece = vec![0u8; 1 << 20];
            // One column, whose entries take a byte each.
            let mut head = vec![1u8];
            let mut n = size - 64;
            while n >= 0x80 {
                head.push(n as u8 | 0x80);
                n >>= 7;
            }
            head.push(n as u8);
            head.extend([0; 6]);
            std::io::Write::write_all(&mut packer, &head).expect("zstd");
            (0..size >> 20).for_each(|_| std::io::Write::write_all(&mut packer, &piece).expect("zstd"));
            packer.finish().expect("zstd")
        };
        assert!(packed.len() < 200_000, "{}", packed.len());
        assert!(hostile.change(""));
        let connection = Connection::open(hostile.project.path(".connie/bad.connie")).expect("SQLite");
        connection.execute("UPDATE chunks SET checksum = ?", [crc32fast::hash(&packed)]).expect("a disk");
        connection.execute("UPDATE chunk_data SET data = ?", [packed]).expect("a disk");
        drop(connection);
        let (code, said) = hostile.run("unpacked", ALL[2]);
        assert!(code == 65 && said.contains("cannot be read"), "{code} {said}");
    }
}

/// Interior pages that refer to each other make a table of a few kilobytes endless.
#[test]
fn pages_in_circles_end() {
    let hostile = Hostile::new();
    let roots: Vec<(String, usize)> = {
        let connection = Connection::open(hostile.project.path("good.connie")).expect("SQLite");
        let mut statement =
            connection.prepare("SELECT name, rootpage FROM sqlite_schema WHERE sql NOT NULL").expect("rows");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<Result<_, _>>().expect("rows")
    };
    const PAGE: usize = 4096;
    for (name, root) in roots.iter().filter(|(name, _)| ["strings", "chunks", "lines"].contains(&&name[..])) {
        let mut bytes = hostile.good.clone();
        // The table's own root becomes the only leaf.
        let leaf = bytes.len() / PAGE + 1;
        let old = bytes[(root - 1) * PAGE..root * PAGE].to_vec();
        let kind = if matches!(old[0], 2 | 10) { 2 } else { 5 };
        bytes.extend(&old);
        for level in 0..12 {
            let child = (leaf + level) as u32;
            let mut page = vec![0u8; PAGE];
            let cells = 300u16;
            let start = PAGE - 8 * usize::from(cells);
            page[0] = kind;
            page[3..5].copy_from_slice(&cells.to_be_bytes());
            page[5..7].copy_from_slice(&(start as u16).to_be_bytes());
            page[8..12].copy_from_slice(&child.to_be_bytes());
            for n in 0..usize::from(cells) {
                let at = start + 8 * n;
                page[12 + 2 * n..14 + 2 * n].copy_from_slice(&(at as u16).to_be_bytes());
                page[at..at + 4].copy_from_slice(&child.to_be_bytes());
                // An empty key, or record of a key.
                page[at + 4..at + 6].copy_from_slice(&[1, 1]);
            }
            bytes.extend(page);
        }
        let top = bytes[bytes.len() - PAGE..].to_vec();
        bytes[(root - 1) * PAGE..root * PAGE].copy_from_slice(&top);
        let pages = (bytes.len() / PAGE) as u32;
        bytes[28..32].copy_from_slice(&pages.to_be_bytes());
        std::fs::write(hostile.project.path(".connie/bad.connie"), bytes).expect("a file");
        for command in &ALL[..4] {
            hostile.run(name, command);
        }
    }
}

#[test]
fn what_lies_beside_a_recording_is_not_trusted() {
    let hostile = Hostile::new();
    let project = &hostile.project;
    assert!(hostile.change(""));
    let beside = |suffix: &str| project.path(&format!(".connie/bad.connie{suffix}"));
    std::fs::write(project.path("victim"), "important").expect("a file");
    for suffix in ["-wal", "-shm", "-journal", "-reserve"] {
        for make in ["ln -s ../victim", "ln -s /dev/zero", "ln -s ../none", "mkfifo", "mkdir"] {
            let path = beside(suffix);
            let made = std::process::Command::new("sh").args(["-c", &format!("{make} \"$0\"")]).arg(&path).status();
            assert!(made.expect("sh").success());
            let (code, said) = hostile.run(suffix, ALL[1]);
            assert_eq!(code, if suffix == "-reserve" { 0 } else { 74 }, "{make} {suffix}: {said}");
            let _ = std::fs::remove_dir(&path).or_else(|_| std::fs::remove_file(&path));
            assert_eq!(std::fs::read_to_string(project.path("victim")).expect("a file"), "important");
            assert!(!project.path("none").exists());
        }
    }
    // A journal that makes SQLite delete another file.
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    journal.extend([0u8; 504]);
    let victim = project.path("victim");
    let name = victim.to_string_lossy().into_owned().into_bytes();
    let checksum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    journal.extend(1u32.to_be_bytes());
    journal.extend(&name);
    journal.extend((name.len() as u32).to_be_bytes());
    journal.extend(checksum.to_be_bytes());
    journal.extend([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    std::fs::write(beside("-journal"), journal).expect("a file");
    let (code, said) = hostile.run("journal", ALL[1]);
    assert!(code == 74 && said.contains("bad.connie-journal"), "{said}");
    assert!(victim.exists());
    assert!(Path::new(&beside("")).exists());
}

/// Each cell of each table is replaced by extreme values in turn.
#[test]
fn no_cell_takes_a_command_down() {
    let hostile = Hostile::new();
    let columns: Vec<(String, String)> = {
        let connection = Connection::open(hostile.project.path("good.connie")).expect("SQLite");
        let sql = "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c WHERE s.type = 'table'";
        let mut statement = connection.prepare(sql).expect("rows");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        rows.collect::<Result<_, _>>().expect("rows")
    };
    let values = [
        "-1",
        "0",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "NULL",
        "1e300",
        "'x'",
        "''",
        "x'ffffffffffffffffff01'",
        "zeroblob(1000)",
        "'[[1,2]]'",
        "'[1]'",
        "'{}'",
        "replace(hex(zeroblob(20000)), '00', '[')",
        "char(27) || ']0;x' || char(8238)",
        "3",
        "100000000",
    ];
    let given = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let (first, wanted) = (given("CONNIE_FUZZ_FIRST").unwrap_or(0), given("CONNIE_FUZZ_CASES"));
    let (cases, all) = (wanted.unwrap_or(40), (columns.len() * values.len()) as u64);
    let mut taken = 0;
    for case in first..first + cases {
        // Takes all combinations in turn, in an order that mixes tables and values.
        let n = (case * 7919 % all) as usize;
        let ((table, column), value) = (&columns[n % columns.len()], values[n / columns.len()]);
        let is_without_rows = ["lines", "object_chunks"].contains(&&table[..]);
        let some = if n.is_multiple_of(2) || is_without_rows { "" } else { "WHERE rowid % 3 = 1" };
        let sql =
            format!("PRAGMA ignore_check_constraints=ON; UPDATE OR REPLACE {table} SET {column} = {value} {some}");
        if !hostile.change(&sql) {
            continue;
        }
        taken += 1;
        if wanted.is_some() {
            ALL.iter().for_each(|command| drop(hostile.run(&sql, command)));
        } else {
            for k in 0..3 {
                hostile.run(&sql, ALL[(case as usize + 3 * k) % ALL.len()]);
            }
        }
    }
    assert!(taken > cases / 3, "{taken}");
}
