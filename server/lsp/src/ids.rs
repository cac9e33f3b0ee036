//! Ids of requests. `lsp-server` supports strings and 32-bit integers; clients get back the id that they sent, even if
//! it is another JSON value.

use lsp_server::RequestId;
use serde_json::Value;

/// The prefix of ids that stand for another JSON value, whose text follows.
const OTHER: &str = "\0";

/// The id of a client's request.
pub fn from_client(id: Value) -> RequestId {
    let number = id.as_i64().and_then(|number| i32::try_from(number).ok());
    match (number, id) {
        (Some(number), _) => number.into(),
        (None, Value::String(text)) if !text.starts_with(OTHER) => text.into(),
        (None, other) => format!("{OTHER}{other}").into(),
    }
}

/// The id in its original form.
pub fn to_client(id: &RequestId) -> Value {
    let id = serde_json::to_value(id).unwrap_or_default();
    let other = id.as_str().and_then(|text| serde_json::from_str(text.strip_prefix(OTHER)?).ok());
    other.unwrap_or(id)
}

/// The id in an answer to a message without a readable id.
pub fn none() -> RequestId {
    from_client(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn clients_get_their_ids_back() {
        let ids =
            [json!(7), json!(-1), json!("7"), json!(1u64 << 40), json!(1.5), json!([1]), json!("\u{0}7"), json!("")];
        let mut seen = std::collections::HashSet::new();
        for id in ids {
            assert_eq!(to_client(&from_client(id.clone())), id);
            assert!(seen.insert(from_client(id)));
        }
        assert_eq!(to_client(&none()), Value::Null);
    }
}
