//! Generates Neovim's help: prose, and lists of the plugin's, console's, language server's and configurations' entries.

use connie_adapter::{WORDS, keys};

use super::settings;
use super::text::between;
use crate::shell::{Result, root};

/// Width of a help page in columns.
const WIDTH: usize = 78;
/// The column at which descriptions begin.
const COLUMN: usize = 32;

/// The entries of a table in the plugin's list of facts: one per line, each a list of values.
fn facts(table: &str) -> Result<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(root().join("editors/neovim/lua/connie/facts.lua"))?;
    let start = format!("M.{table} = {{\n");
    let after = text.split_once(&start).ok_or_else(|| format!("the plugin has no table {table}"))?.1;
    let lines = after.lines().map(str::trim).take_while(|line| *line != "}");
    lines.map(|line| entry(line).ok_or_else(|| format!("not an entry on one line: {line}").into())).collect()
}

/// The values of an entry. Strings have no quotes; other values are unchanged.
fn entry(line: &str) -> Option<Vec<String>> {
    let mut rest = line.strip_prefix('{')?.strip_suffix("},")?.trim();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        found.push(value.trim().to_owned());
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    Some(found)
}

/// The description of a heading or entry, wrapped and indented.
fn described(head: &str, about: &str) -> String {
    let mut lines = vec![format!("{head:<COLUMN$}")];
    if head.chars().count() >= COLUMN {
        lines = vec![head.to_owned(), " ".repeat(COLUMN)];
    }
    for word in about.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > COLUMN && line + 1 + word.chars().count() > WIDTH {
            lines.push(" ".repeat(COLUMN));
        }
        if let Some(line) = lines.last_mut() {
            if line.chars().count() > COLUMN {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn mappings() -> Result<String> {
    let lines = facts("mappings")?;
    let one = |entry: &Vec<String>| match entry.as_slice() {
        [name, key, about] => Ok(described(&format!("    {key:<8} `{name}`"), about)),
        _ => Err("a mapping has a name, a key and a description".into()),
    };
    lines.iter().map(one).collect()
}

fn commands() -> Result<String> {
    facts("commands")?.iter().map(|entry| Ok(described(&format!(":Connie {}", entry[0]), &entry[1]))).collect()
}

fn words() -> String {
    let one = |(name, after, about): &(&str, &str, &str)| {
        // Without an expression, the command uses the one at the cursor. Only the REPL has the word alone.
        let alone =
            if after.contains("EXPR") { format!("`:{name}` in the REPL") } else { format!(":Connie {name} alone") };
        let about = about.replace(&format!(":{name} alone"), &alone);
        let after = after.replace("EXPR", "[EXPR]").replace("[[EXPR]]", "[EXPR]");
        described(format!(":Connie {name} {after}").trim_end(), &about)
    };
    WORDS.iter().map(one).collect()
}

fn options() -> Result<String> {
    let one = |entry: &Vec<String>| match entry.as_slice() {
        [name, _, default, about] => {
            let default = if entry[1] == "string" { format!("{default:?}") } else { default.clone() };
            Ok(described(&format!("    {name} = {default}"), about))
        }
        _ => Err("an option has a name, a type, a default and a description".into()),
    };
    facts("options")?.iter().map(one).collect()
}

fn settings_list() -> Result<String> {
    let one = |(name, default, about): (String, String, String)| {
        described(&format!("    {name}"), &format!("{about} ({default})"))
    };
    Ok(settings::listed()?.into_iter().map(one).collect())
}

fn configuration(request: &str) -> String {
    let used = |key: &keys::Key| if request == "launch" { key.launch } else { key.attach };
    let offered = |key: &&keys::Key| {
        used(key).is_some_and(|used| {
            !used.about.is_empty() || key.takes == keys::Takes::Recording && used.standing != keys::Standing::Client
        })
    };
    let one = |key: &keys::Key| {
        let about = used(key).map_or("", |used| used.about);
        let about = if key.takes == keys::Takes::Recording {
            "how the program is recorded: see docs/options.md"
        } else {
            about
        };
        described(&format!("    {}", key.name), about)
    };
    keys::KEYS.iter().filter(offered).map(one).collect()
}

/// The help page.
pub fn help() -> Result<String> {
    let mut page = String::new();
    for line in include_str!("vimdoc.txt").lines() {
        match line {
            "@mappings@" => page += &mappings()?,
            "@commands@" => page += &commands()?,
            "@words@" => page += &words(),
            "@options@" => page += &options()?,
            "@settings@" => page += &settings_list()?,
            "@launch@" => page += &configuration("launch"),
            "@attach@" => page += &configuration("attach"),
            "@also@" => {
                let pairs = facts("also")?;
                let all: Vec<String> = pairs.iter().map(|pair| format!("{} for {}", pair[1], pair[0])).collect();
                page += &described("", &all.join(", ")).replace(&" ".repeat(COLUMN), "    ");
            }
            line => page += &format!("{line}\n"),
        }
    }
    Ok(page)
}

/// The types of the options, for Lua editors.
pub fn annotations(text: &str) -> Result<String> {
    let mut lines = String::from("---@class connie.Options\n");
    for entry in facts("options")? {
        lines += &format!("---@field {}? {} {}\n", entry[0], entry[1], entry[3]);
    }
    between(text, "options", &lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        assert_eq!(entry("{ \"a, b\", true, {}, \"c\" },").unwrap(), ["a, b", "true", "{}", "c"]);
        assert!(entry("-- a comment").is_none());
    }

    #[test]
    fn lines_are_no_wider_than_a_page() {
        let page = help().unwrap();
        // Lines in code blocks and the last line may be wider.
        let wide: Vec<&str> = page.lines().filter(|line| line.chars().count() > WIDTH).collect();
        assert!(wide.is_empty(), "{wide:?}");
    }
}
