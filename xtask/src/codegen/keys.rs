//! Generates the keys of launch and attach configurations for VS Code's manifest, the table of keys, and the page about
//! debugpy.

use connie_adapter::keys::{KEYS, Key, Standing, Takes, Use};
use serde::Serialize;
use serde_json::{Map, Value};

use super::text::between;
use super::{json, options};
use crate::shell::Result;

/// The type of a key's value, as JSON Schema.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<Value>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    values: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    any_of: Option<Vec<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required: Option<[&'static str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
}

fn of_kind(kind: &str) -> Schema {
    Schema { kind: Some(kind.into()), ..Schema::default() }
}

fn texts() -> Schema {
    Schema { items: Some(Box::new(of_kind("string"))), ..of_kind("array") }
}

/// A pair of folders.
fn pair() -> Result<Schema> {
    let names = ["localRoot", "remoteRoot"];
    let text = serde_json::to_value(of_kind("string"))?;
    let properties = names.map(|name| (name.to_owned(), text.clone())).into_iter().collect();
    Ok(Schema { required: Some(names), properties: Some(properties), ..of_kind("object") })
}

fn schema(takes: Takes) -> Result<Schema> {
    Ok(match takes {
        Takes::Text => of_kind("string"),
        Takes::Texts => texts(),
        Takes::TextOrTexts => Schema { any_of: Some(vec![of_kind("string"), texts()]), ..Schema::default() },
        Takes::Switch => of_kind("boolean"),
        Takes::OneOf(words) => Schema { values: Some(words), ..Schema::default() },
        Takes::Variables => {
            let value = Schema { kind: Some(vec!["string", "null"].into()), ..Schema::default() };
            Schema { additional_properties: Some(Box::new(value)), ..of_kind("object") }
        }
        Takes::Folders => Schema { items: Some(Box::new(pair()?)), ..of_kind("array") },
        Takes::Process => {
            let number = Schema { minimum: Some(1), ..of_kind("integer") };
            Schema { any_of: Some(vec![number, of_kind("string")]), ..Schema::default() }
        }
        Takes::Recording | Takes::Nothing => Schema::default(),
    })
}

fn used<'a>(key: &'a Key, request: &str) -> Option<&'a Use> {
    if request == "launch" { key.launch.as_ref() } else { key.attach.as_ref() }
}

/// The default value of a key. If an attach request names no recording, `latest` is opened.
fn default(key: &Key, request: &str) -> Option<Value> {
    match (key.name, request) {
        ("recording", "attach") => Some("latest".into()),
        _ => serde_json::from_str(key.default).ok(),
    }
}

/// The keys of a request that clients offer.
fn offered(request: &str) -> Result<Map<String, Value>> {
    let mut all = Map::new();
    for key in &KEYS {
        let Some(used) = used(key, request) else { continue };
        let value = match key.takes {
            // A key that the client handles itself is not offered.
            Takes::Recording if used.standing != Standing::Client => options::of_key(key.name, request)?,
            _ if used.about.is_empty() => None,
            takes => {
                let description = Some(format!("{}.", used.about));
                let whole = Schema { description, default: default(key, request), ..schema(takes)? };
                Some(serde_json::to_value(whole)?)
            }
        };
        all.extend(value.map(|value| (key.name.to_owned(), value)));
    }
    Ok(all)
}

/// The manifest of VS Code's extension.
pub fn manifest(text: &str) -> Result<String> {
    for name in options::keys() {
        if !KEYS.iter().any(|key| key.name == name && key.takes == Takes::Recording) {
            return Err(format!("the list of keys has no {name}").into());
        }
    }
    let mut text = text.to_owned();
    for request in ["launch", "attach"] {
        let path = ["contributes", "debuggers", "configurationAttributes", request, "properties"];
        text = json::replaced(&text, &path, &offered(request)?.into())?;
    }
    Ok(text)
}

/// The type of a key's value, for a table.
fn takes_words(takes: Takes) -> &'static str {
    match takes {
        Takes::Text => "a string",
        Takes::Texts => "a list of strings",
        Takes::TextOrTexts => "a string, or a list of strings",
        Takes::Switch => "true or false",
        Takes::OneOf(_) => "",
        Takes::Variables => "names and values",
        Takes::Folders => "a list of `localRoot` and `remoteRoot`",
        Takes::Process => "a number, or its text",
        Takes::Recording | Takes::Nothing => "",
    }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The type of an option's value, for a table.
fn option_takes(option: &Value) -> String {
    if let Some(limits) = option["properties"].as_object() {
        return format!("an object with {}", listed(limits.keys().map(String::as_str)));
    }
    match (option["type"].as_str(), option["enum"].as_array()) {
        (_, Some(words)) => listed(words.iter().filter_map(Value::as_str)),
        (Some("boolean"), _) => takes_words(Takes::Switch).to_owned(),
        (Some("array"), _) => takes_words(Takes::Texts).to_owned(),
        (kind, _) => kind.unwrap_or_default().to_owned(),
    }
}

/// The row of a key: its type, its default, what it does.
fn row(key: &Key, request: &str) -> Result<Option<String>> {
    let Some(used) = used(key, request).filter(|used| used.standing != Standing::Client) else { return Ok(None) };
    let option = match key.takes {
        Takes::Recording => options::of_key(key.name, request)?.unwrap_or_default(),
        _ => Value::Null,
    };
    let about = match option["description"].as_str() {
        Some(about) => about.trim_end_matches('.').to_owned(),
        None => used.about.to_owned(),
    };
    if about.is_empty() {
        return Ok(None);
    }
    let takes = match key.takes {
        Takes::OneOf(words) => listed(words.iter().copied()),
        Takes::Recording => option_takes(&option),
        takes => takes_words(takes).to_owned(),
    };
    let default = default(key, request).or_else(|| option.get("default").cloned());
    let default = default.map_or_else(String::new, |value| match value {
        // A variable that VS Code inserts when its user adds the key.
        Value::String(text) if text.starts_with("${") => String::new(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    });
    let older = KEYS.iter().filter(|other| other.alias_of == Some(key.name)).map(|other| format!("`{}`", other.name));
    let older = older.collect::<Vec<_>>().join(", ");
    Ok(Some(format!("| `{}` | {takes} | {default} | {older} | {about} |\n", key.name)))
}

fn table(request: &str) -> Result<String> {
    let mut rows = String::from("| key | takes | default | other names | |\n|---|---|---|---|---|\n");
    for key in &KEYS {
        rows.extend(row(key, request)?);
    }
    Ok(rows)
}

/// The tables of docs/debug-adapter.md.
pub fn reference(text: &str) -> Result<String> {
    let text = between(text, "launch keys", &table("launch")?)?;
    between(&text, "attach keys", &table("attach")?)
}

/// The tables of docs/debugpy.md.
pub fn compared(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for request in ["launch", "attach"] {
        let mut rows = String::from("| key | here | |\n|---|---|---|\n");
        for key in &KEYS {
            if let Some(used) = used(key, request).filter(|used| used.standing != Standing::Ours) {
                rows += &format!("| `{}` | {} | {} |\n", key.name, used.standing.word(), used.note);
            }
        }
        text = between(&text, &format!("{request} keys"), &rows)?;
    }
    Ok(text)
}
