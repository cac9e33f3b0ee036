//! Generates the settings of the language server from their schema. A test of the server compares the schema with the
//! settings that it reads.

use serde_json::{Map, Value};

use super::json;
use super::text::{between, lowered};
use crate::shell::{Result, root};

/// The settings by full name, in order.
fn settings() -> Result<Vec<(String, Map<String, Value>)>> {
    let text = std::fs::read_to_string(root().join("docs/language-server.schema.json"))?;
    let schema: Value = serde_json::from_str(&text)?;
    let mut found = Vec::new();
    collect(&schema, "", &mut found);
    Ok(found)
}

fn collect(schema: &Value, before: &str, found: &mut Vec<(String, Map<String, Value>)>) {
    for (name, one) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{before}{name}");
        match one.as_object() {
            Some(members) if !members.contains_key("properties") => found.push((name, members.clone())),
            _ => collect(one, &format!("{name}."), found),
        }
    }
}

/// The manifest of VS Code's extension.
pub fn manifest(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for (name, members) in settings()? {
        // Descriptions are Markdown.
        let named = |key: String| if key == "description" { "markdownDescription".to_owned() } else { key };
        let value: Map<String, Value> = members.into_iter().map(|(key, value)| (named(key), value)).collect();
        let path = ["contributes", "configuration", "properties", &format!("connie.{name}")];
        text = json::replaced(&text, &path, &value.into())?;
    }
    Ok(text)
}

/// The settings: name, default as JSON, description.
pub fn listed() -> Result<Vec<(String, String, String)>> {
    let one = |(name, members): (String, Map<String, Value>)| {
        let about = members.get("description").and_then(Value::as_str).unwrap_or_default();
        let default = members.get("default").unwrap_or(&Value::Null).to_string();
        (name, default, lowered(about.trim_end_matches('.')))
    };
    Ok(settings()?.into_iter().map(one).collect())
}

/// The table of docs/language-server.md.
pub fn reference(text: &str) -> Result<String> {
    let mut rows = String::from("| key | default | |\n|---|---|---|\n");
    for (name, default, about) in listed()? {
        rows += &format!("| `{name}` | `{default}` | {about} |\n");
    }
    between(text, "settings", &rows)
}
