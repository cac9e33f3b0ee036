//! Checks that the manifests agree about the project.

use toml::{Table, Value};

use super::pages::root;

fn manifest(path: &str) -> Table {
    let text = std::fs::read_to_string(root().join(path)).expect("a manifest");
    text.parse().expect("TOML")
}

fn text<'a>(table: &'a Table, keys: &[&str]) -> &'a str {
    let (last, parents) = keys.split_last().expect("a key");
    let parent = parents.iter().fold(table, |table, key| table[*key].as_table().expect("a table"));
    parent.get(*last).and_then(Value::as_str).unwrap_or_default()
}

#[test]
fn licences_and_versions_agree() {
    let cargo = manifest("Cargo.toml");
    let licence = text(&cargo, &["workspace", "package", "license"]);
    let version = text(&cargo, &["workspace", "package", "version"]);
    let extension = std::fs::read(root().join("editors/vscode/package.json")).expect("a manifest");
    let extension: serde_json::Value = serde_json::from_slice(&extension).expect("JSON");
    assert_eq!(extension["license"], licence);
    assert_eq!(extension["version"], version);
    assert_eq!(text(&manifest("pyproject.toml"), &["project", "license"]), licence);
    let deed = std::fs::read_to_string(root().join("LICENSE")).expect("a licence");
    assert!(licence == "Apache-2.0" && deed.contains("Apache License") && deed.contains("Version 2.0"), "{licence}");
}

#[test]
fn every_crate_says_what_it_is() {
    let cargo = manifest("Cargo.toml");
    for member in cargo["workspace"]["members"].as_array().expect("crates") {
        let path = format!("{}/Cargo.toml", member.as_str().expect("a folder"));
        let package = manifest(&path);
        let package = package["package"].as_table().expect("a package");
        assert!(!text(package, &["description"]).is_empty(), "{path} has no description");
        for key in ["license", "keywords", "categories"] {
            let inherited = package.get(key).and_then(|value| value.get("workspace")).and_then(Value::as_bool);
            assert_eq!(inherited, Some(true), "{key} in {path}");
        }
    }
}

#[test]
fn the_changelog_has_this_version_and_what_comes_next() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).expect("a page");
    let versions: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("## [")).collect();
    let current = manifest("Cargo.toml");
    let current = self::text(&current, &["workspace", "package", "version"]);
    assert!(versions[0].starts_with("Unreleased]"), "{versions:?}");
    assert!(versions.iter().any(|version| version.starts_with(&format!("{current}] - 20"))), "{versions:?}");
    let kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Notes"];
    for kind in text.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(kinds.contains(&kind), "{kind}");
    }
}
