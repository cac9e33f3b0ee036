//! Recordings in older formats are read with the same result. `formats/N.connie.zst` was made by the last version that
//! wrote format N, from `formats/main.py` in the folder `/project`.

use std::path::Path;

use connie_tests::{Project, rows, text};
use serde_json::Value;

#[test]
fn older_formats_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("formats");
    let expected = rows(&std::fs::read(folder.join("expected.jsonl")).expect("a file"));
    let current = connie_recording::schema::VERSION;
    for version in 1..=current {
        let project = Project::new("");
        let file = folder.join(format!("{version}.connie.zst"));
        let packed =
            std::fs::read(&file).unwrap_or_else(|_| panic!("make {} before the format changes", file.display()));
        std::fs::write(project.path("r.connie"), zstd::decode_all(&packed[..]).expect("a file"))
            .expect("it is written");
        let replay = |more: &[&str]| {
            let all = [&["replay", "r.connie", "--format=jsonl", "--locals=all"], more].concat();
            let output = project.connie(&all);
            assert!(output.status.success(), "format {version}: {}", text(&output.stderr));
            let mut rows = rows(&output.stdout);
            // Up to format 7 there were no attributes.
            rows.iter_mut().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("attributes")));
            rows
        };
        assert_eq!(replay(&[]), expected, "format {version}");
        // Reading can begin at any step.
        for at in (0..expected.len()).step_by(11) {
            let (from, to) = ((at + 1).to_string(), (at + 5).to_string());
            let part = replay(&["--from", &from, "--to", &to]);
            assert_eq!(part[..], expected[at..(at + 5).min(expected.len())], "format {version} from {from}");
        }
        let shown = text(&project.connie(&["show", "r.connie"]).stdout);
        for words in ["main.py", "3.12.1", "exception", &format!("steps       {}", expected.len()), "MainThread"] {
            assert!(shown.contains(words), "format {version}: {words} is not in\n{shown}");
        }
        let story = text(&project.connie(&["replay", "r.connie"]).stdout);
        assert!(story.contains("raise ValueError(\"no tea\")"), "format {version}: {story}");
    }
}
