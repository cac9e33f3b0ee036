//! `connie explain` with a passing run of the same test: which recordings are kept for it, and what it says then.

use std::path::Path;
use std::process::Output;

use connie_tests::{Project, connie, pytest_library, pythons, text, until, usual_python};
use serde_json::Value;

/// A test that fails if a file says so. The first difference is what was read.
const FLAKY: &str = "from pathlib import Path\n\nfrom shop import total\n\n\ndef read(name):\n    \
    return int((Path(__file__).parent / name).read_text())\n\n\ndef test_total():\n    \
    assert total([3, read('count.txt')]) < 10\n\n\ndef test_other():\n    assert total([1]) == 1\n";

const SHOP: &str = "RATE = 1\n\n\ndef weight(price):\n    if price > 5:\n        return price * 2\n    \
    return price\n\n\ndef total(prices):\n    result = 0\n    for price in prices:\n        \
    part = weight(price)\n        result += part\n    return result * RATE\n";

fn project() -> Project {
    let project = Project::new("");
    project.write("pyproject.toml", "");
    project.write("shop.py", SHOP);
    project.write("test_shop.py", FLAKY);
    project.write("count.txt", "4");
    project
}

fn pytest(project: &Project, library: &Path, python: &Path, given: &[&str]) -> Output {
    let python = python.to_str().expect("a path");
    let arguments = [&["pytest", "--python", python], given, &["-q", "-p", "no:cacheprovider"]].concat();
    let mut command = project.command(&connie(), &arguments);
    command.env("PYTHONPATH", library).env("PYTHONDONTWRITEBYTECODE", "1").output().expect("it runs")
}

/// The recordings, oldest first: the test, the result, the id.
fn recordings(project: &Project) -> Vec<(String, String, String)> {
    let test = |program: String| program.rsplit("::").next().unwrap_or_default().to_owned();
    project.recordings().into_iter().map(|(program, result, id)| (test(program), result, id)).collect()
}

fn names(project: &Project) -> Vec<(String, String)> {
    recordings(project).into_iter().map(|(test, result, _)| (test, result)).collect()
}

fn pair(test: &str, result: &str) -> (String, String) {
    (test.to_owned(), result.to_owned())
}

fn explained(project: &Project, arguments: &[&str]) -> Value {
    let output = project.connie(&[&["explain"], arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn whys(found: &Value) -> Vec<(u64, String)> {
    let lines = found["lines"].as_array().expect("lines");
    let one =
        |line: &Value| (line["line"].as_u64().expect("a line"), line["why"].as_str().unwrap_or_default().to_owned());
    lines.iter().map(one).collect()
}

#[test]
fn a_flaky_test_is_explained_from_the_first_difference() {
    let Some(library) = pytest_library() else { return };
    for (minor, python) in pythons() {
        let project = project();
        // Nothing is kept of a test that never failed.
        pytest(&project, &library, &python, &[]);
        assert!(recordings(&project).is_empty(), "3.{minor}");
        project.write("count.txt", "8");
        pytest(&project, &library, &python, &[]);
        assert_eq!(names(&project), [pair("test_total", "exception")], "3.{minor}");
        let plain = project.connie(&["explain", "--format", "json"]).stdout;
        assert!(!text(&plain).contains("passing"), "3.{minor}: {}", text(&plain));
        // The passing run after the failure, quietly.
        project.write("count.txt", "4");
        let passed = pytest(&project, &library, &python, &[]);
        assert!(!text(&passed.stdout).contains("recorded"), "3.{minor}: {}", text(&passed.stdout));
        assert!(!text(&passed.stderr).contains("connie"), "3.{minor}: {}", text(&passed.stderr));
        let both = recordings(&project);
        assert_eq!(names(&project), [pair("test_total", "exception"), pair("test_total", "ok")], "3.{minor}");
        // The failure stays what is shown.
        let latest: Value =
            serde_json::from_slice(&project.connie(&["show", "latest", "--format", "json"]).stdout).expect("JSON");
        assert_eq!(latest["id"], both[0].2.as_str(), "3.{minor}");
        let found = explained(&project, &["test_shop.py::test_total"]);
        assert_eq!(found["passing"]["id"], both[1].2.as_str(), "3.{minor}: {found:#}");
        let first = &whys(&found)[0];
        assert!(first.1.ends_with("returned 8; 4 in the passing run"), "3.{minor}: {:?}", whys(&found));
        assert_eq!(found["passing"]["difference"]["why"], first.1.as_str(), "3.{minor}");
        let condition = whys(&found).into_iter().find(|(line, _)| *line == 5);
        assert_eq!(condition.map(|(_, why)| why), Some("price > 5 was true; false in the passing run".to_owned()));
        let new_ground = whys(&found).into_iter().find(|(line, _)| *line == 6).expect("the line");
        assert!(new_ground.1.contains("; did not run in the passing run"), "3.{minor}: {new_ground:?}");
        // Without it, all is as before.
        assert_eq!(project.connie(&["explain", "--against", "none", "--format", "json"]).stdout, plain, "3.{minor}");
        let told = text(&project.connie(&["explain"]).stdout);
        assert!(told.contains(&format!("compared with the passing run {} of ", both[1].2)), "3.{minor}: {told}");
        // The next passing run replaces it.
        pytest(&project, &library, &python, &[]);
        let later = recordings(&project);
        assert_eq!(later.len(), 2, "3.{minor}: {later:?}");
        assert!(later[0] == both[0] && later[1].2 > both[1].2, "3.{minor}: {later:?}");
        // A passing run before the failure is preferred to a later one.
        project.write("count.txt", "9");
        pytest(&project, &library, &python, &[]);
        let found = explained(&project, &[]);
        assert_eq!(found["passing"]["id"], later[1].2.as_str(), "3.{minor}: {found:#}");
    }
}

#[test]
fn the_edited_line_is_first() {
    let Some(library) = pytest_library() else { return };
    let (_, python) = usual_python();
    let edits = [
        ("result += part", "result += part + 4", 14),
        ("price > 5", "price > 3", 5),
        ("return price * 2", "return price * 20", 6),
        ("RATE = 1", "RATE = 3", 1),
        ("part = weight(price)", "part = weight(price + 3)", 13),
        ("return result * RATE", "return result * RATE + 9", 15),
        ("        result += part\n", "        part += 6\n        result += part\n", 14),
    ];
    for (before, after, line) in edits {
        let project = project();
        project.write("count.txt", "4");
        // It has failed once.
        project.write("shop.py", "def total(prices):\n    return 99\n");
        pytest(&project, &library, &python, &[]);
        project.write("shop.py", SHOP);
        pytest(&project, &library, &python, &[]);
        project.write("shop.py", &SHOP.replace(before, after));
        project.write("count.txt", if line == 6 { "7" } else { "4" });
        pytest(&project, &library, &python, &["-x"]);
        let found = explained(&project, &[]);
        let whys = whys(&found);
        if line == 6 {
            // The input differs before.
            assert!(whys.iter().take(3).any(|(named, _)| *named == line), "{after}: {whys:?}");
            continue;
        }
        assert_eq!(whys[0].0, line, "{after}: {whys:#?}\n{}", text(&project.connie(&["explain"]).stdout));
        assert!(whys[0].1.contains("changed since the passing run"), "{after}: {whys:?}");
    }
}

#[test]
fn a_line_that_was_deleted_is_named() {
    let Some(library) = pytest_library() else { return };
    let (_, python) = usual_python();
    let project = project();
    project.write("shop.py", "def total(prices):\n    return 99\n");
    pytest(&project, &library, &python, &[]);
    let with = SHOP.replace("        result += part\n", "        part -= 1\n        result += part\n");
    project.write("shop.py", &with);
    project.write("count.txt", "6");
    project.write("test_shop.py", &FLAKY.replace("< 10", "== 13"));
    pytest(&project, &library, &python, &[]);
    project.write("shop.py", SHOP);
    pytest(&project, &library, &python, &[]);
    let found = explained(&project, &["test_shop.py::test_total"]);
    let all = whys(&found);
    assert!(all.iter().any(|(_, why)| why.contains("the passing run went on with `part -= 1`")), "{all:?}");
}

#[test]
fn workers_keep_them_too_and_skipped_tests_are_no_passing_run() {
    let Some(library) = pytest_library() else { return };
    for (minor, python) in pythons() {
        let project = project();
        project.write("count.txt", "8");
        let workers = ["-n", "2"];
        pytest(&project, &library, &python, &workers);
        assert_eq!(names(&project), [pair("test_total", "exception")], "3.{minor}");
        for word in ["skip", "xfail"] {
            let marked =
                FLAKY.replace("def test_total", &format!("import pytest\n@pytest.mark.{word}\ndef test_total"));
            project.write("test_shop.py", &marked);
            pytest(&project, &library, &python, &workers);
            assert_eq!(names(&project), [pair("test_total", "exception")], "3.{minor} {word}");
        }
        // Also if their recordings are kept.
        pytest(&project, &library, &python, &["--connie", "all"]);
        assert_eq!(names(&project).len(), 3, "3.{minor}");
        let found = explained(&project, &[&recordings(&project)[0].2]);
        assert_eq!(found.get("passing"), None, "3.{minor}");
        project.write("test_shop.py", FLAKY);
        project.write("count.txt", "4");
        pytest(&project, &library, &python, &workers);
        pytest(&project, &library, &python, &workers);
        let found: Vec<_> = recordings(&project).into_iter().filter(|(_, _, id)| id.contains("-gw")).collect();
        let passed: Vec<_> = found.iter().filter(|(test, result, _)| test == "test_total" && result == "ok").collect();
        assert_eq!(passed.len(), 1, "3.{minor}: {found:?}");
    }
}

#[test]
fn they_are_bounded_and_recordings_of_all_tests_stay() {
    let Some(library) = pytest_library() else { return };
    let (_, python) = usual_python();
    let project = Project::new("");
    project.write("pyproject.toml", "");
    project.write(
        "test_many.py",
        "import os, pytest\n\n\n@pytest.mark.parametrize('n', range(55))\ndef test_many(n):\n    \
        assert not os.path.exists('fail')\n",
    );
    project.write("fail", "");
    pytest(&project, &library, &python, &[]);
    assert_eq!(recordings(&project).len(), 55);
    // Recordings of all tests are not of this rule.
    pytest(&project, &library, &python, &["--connie", "all", "-k", "54"]);
    std::fs::remove_file(project.path("fail")).expect("it is there");
    pytest(&project, &library, &python, &["--connie", "all", "-k", "53"]);
    let count = |result: &str| recordings(&project).iter().filter(|(_, one, _)| one == result).count();
    assert_eq!((count("exception"), count("ok")), (56, 1));
    for _ in 0..2 {
        pytest(&project, &library, &python, &[]);
        assert_eq!((count("exception"), count("ok")), (56, 51));
    }
    // The oldest ones are removed: those of the first tests.
    let passed: Vec<String> =
        recordings(&project).into_iter().filter(|(_, result, _)| result == "ok").map(|(test, ..)| test).collect();
    assert!(!passed.contains(&"test_many[0]".to_owned()) && passed.contains(&"test_many[54]".to_owned()), "{passed:?}");
    // They are listed and removed like others.
    let one = recordings(&project).into_iter().rfind(|(_, result, _)| result == "ok").expect("one").2;
    assert!(project.connie(&["delete", "--yes", &one]).status.success());
    until("it is gone", || count("ok") == 50);
}
