//! Generates the options of recordings as keys of configurations, and their reference.

use connie_recording::options::{Attach, Known, LaunchKey, OPTIONS, Takes};
use serde::Serialize;
use serde_json::Value;

use super::text::{between, lowered};
use crate::shell::Result;

/// A property of a configuration, as JSON Schema.
#[derive(Default, Serialize)]
struct Property {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    values: Option<[&'static str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Items>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<u64>,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
}

#[derive(Serialize)]
struct Items {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// `limits`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    #[serde(rename = "type")]
    kind: &'static str,
    description: &'static str,
    properties: serde_json::Map<String, Value>,
    additional_properties: bool,
}

fn property(known: &Known) -> Property {
    let description = format!("{}.", known.about);
    match &known.takes {
        Takes::Switch(_) => {
            let is_opposite = matches!(known.launch, LaunchKey::Opposite(_));
            let description = match is_opposite {
                true => format!("False: {}.", lowered(known.about)),
                false => description,
            };
            Property { kind: Some("boolean"), description, default: Some(is_opposite.into()), ..Property::default() }
        }
        Takes::Patterns(_) | Takes::Levels(_) => {
            Property { kind: Some("array"), items: Some(Items { kind: "string" }), description, ..Property::default() }
        }
        Takes::Number { range, default, .. } => Property {
            kind: Some("integer"),
            minimum: Some(*range.start()),
            maximum: Some(*range.end()).filter(|n| *n < u64::MAX),
            description,
            default: default.map(Value::from),
            ..Property::default()
        },
        Takes::Recheck(_) => Property {
            values: Some(["auto", "full"]),
            description,
            default: Some("auto".into()),
            ..Property::default()
        },
        Takes::Last(_) => Property { kind: Some("string"), description, ..Property::default() },
    }
}

/// Whether an option is one of `launch` or `attach` configurations.
fn is_of(known: &Known, request: &str) -> bool {
    request == "launch" || known.attach == Attach::Followed
}

fn limits(request: &str) -> Result<Value> {
    let mut properties = serde_json::Map::new();
    for known in OPTIONS.iter().filter(|known| is_of(known, request)) {
        if let LaunchKey::Limit(key) = known.launch {
            properties.insert(key.to_owned(), serde_json::to_value(property(known))?);
        }
    }
    let description = "How much is recorded of values, and of the run.";
    Ok(serde_json::to_value(Limits { kind: "object", description, properties, additional_properties: false })?)
}

/// The type and description of a configuration's key that is an option of a recording; `None` if it is not one.
pub fn of_key(name: &str, request: &str) -> Result<Option<Value>> {
    if name == "limits" {
        return limits(request).map(Some);
    }
    let is_it = |known: &&Known| matches!(known.launch, LaunchKey::Key(key) | LaunchKey::Opposite(key) if key == name);
    Ok(OPTIONS.iter().find(is_it).map(|known| serde_json::to_value(property(known))).transpose()?)
}

/// The keys of configurations that are options of a recording.
pub fn keys() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter_map(|known| match known.launch {
        LaunchKey::Key(key) | LaunchKey::Opposite(key) => Some(key),
        _ => None,
    })
}

/// The table of docs/options.md.
pub fn reference(text: &str) -> Result<String> {
    let mut rows = String::from(
        "| command line | pyproject.toml | launch.json | takes | default | |\n|---|---|---|---|---|---|\n",
    );
    for known in &OPTIONS {
        let name = known.name;
        let word = match known.value_name {
            "" => String::new(),
            word => format!(" {}", word.replace('|', "\\|")),
        };
        let (launch, takes) = match known.launch {
            LaunchKey::None => (String::new(), known.expected()),
            LaunchKey::Key(key) => (format!("`{key}`"), known.expected()),
            LaunchKey::Opposite(key) => (format!("`{key}`, the opposite"), known.expected()),
            LaunchKey::Limit(key) => (format!("`limits`: `{key}`"), known.expected()),
        };
        let default = match &known.takes {
            Takes::Switch(_) => "false".to_owned(),
            Takes::Number { default: Some(n), .. } => n.to_string(),
            Takes::Recheck(_) => "`auto`".to_owned(),
            _ => String::new(),
        };
        rows += &format!("| `--{name}{word}` | `{name}` | {launch} | {takes} | {default} | {} |\n", known.about);
    }
    between(text, "options", &rows)
}
