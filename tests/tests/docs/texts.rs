//! Checks blocks that are not run: they compile, or parse, or are in a language that cannot be checked here.

use std::io::Write;
use std::process::{Command, Stdio};

use connie_tests::{pythons, text};

use super::pages::{Block, Page};

/// The errors in the blocks of these pages.
pub fn wrong(pages: &[Page]) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in pages {
        for block in &page.blocks {
            if let Err(why) = check(block) {
                wrong.push(format!("{}:{}: {why}", page.path.display(), block.line));
            }
        }
    }
    wrong
}

fn check(block: &Block) -> Result<(), String> {
    if block.note("norun").is_some_and(str::is_empty) {
        return Err("norun needs a reason: norun=needs-network".to_owned());
    }
    match block.language.as_str() {
        "python" => python(block),
        "json" => {
            let text = without_comments(&block.text);
            let whole = serde_json::from_str::<serde_json::Value>(&text);
            whole.map(drop).map_err(|error| format!("not JSON: {error}"))
        }
        "toml" => block.text.parse::<toml::Table>().map(drop).map_err(|error| format!("not TOML: {error}")),
        "lua" => lua(block),
        "console" if !block.text.starts_with("$ ") => Err("a console block begins with `$ `".to_owned()),
        // Blocks of `console` and `sh` are run, or say why not. tests/sql.rs runs the queries of docs/sql.md.
        "console" | "sh" | "text" | "yaml" | "sql" => Ok(()),
        "" => Err("a code block needs fences and the name of a language".to_owned()),
        other => Err(format!("{other} is no language that is checked")),
    }
}

/// Compiles a block with the newest interpreter. A part of a function or class may be indented.
fn python(block: &Block) -> Result<(), String> {
    let script = "import ast, sys, textwrap; ast.parse(textwrap.dedent(sys.stdin.read()))";
    let newest = pythons().pop().expect("an interpreter").1;
    feed(Command::new(newest).args(["-I", "-c", script]), &block.text)
}

/// Compiles a block if there is a compiler.
fn lua(block: &Block) -> Result<(), String> {
    for compiler in ["luac", "luac5.1", "luajit"] {
        let arguments: &[&str] = if compiler == "luajit" { &["-b", "-", "/dev/null"] } else { &["-p", "-"] };
        if Command::new(compiler).arg("-v").output().is_ok() {
            // A table alone, as plugin managers take it, is an expression.
            let value = if block.text.starts_with('{') { "return " } else { "" };
            return feed(Command::new(compiler).args(arguments), &format!("{value}{}", block.text));
        }
    }
    println!("skipped: no compiler for Lua is on the PATH");
    Ok(())
}

fn feed(command: &mut Command, input: &str) -> Result<(), String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(text(&output.stderr)) }
}

/// Removes comments at the ends of lines, which VS Code's JSON files may have.
fn without_comments(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let (mut in_text, mut before) = (false, ' ');
        let mut end = line.len();
        for (at, c) in line.char_indices() {
            match c {
                '"' if before != '\\' => in_text = !in_text,
                '/' if before == '/' && !in_text => {
                    end = at - 1;
                    break;
                }
                _ => {}
            }
            before = c;
        }
        plain.push_str(&line[..end]);
        plain.push('\n');
    }
    plain
}

#[test]
fn comments_of_json_are_left_out() {
    let text = "{ // one\n  \"a\": \"http://x\" // two\n}";
    assert_eq!(without_comments(text), "{ \n  \"a\": \"http://x\" \n}\n");
}
