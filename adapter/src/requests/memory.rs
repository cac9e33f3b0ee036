//! The bytes of `bytes` and `bytearray` values, for clients that show memory.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use connie_history::moment::Moment;
use connie_recording::render::World;
use connie_wire::{Blob, Kind, Value as Recorded};
use serde_json::{Value, json};

use crate::session::{Answer, Session};

/// Values whose bytes are kept for a client at a time.
const KEPT: usize = 256;

/// The name under which a client may ask for a value's bytes, if it has any and the client shows such.
pub fn reference(session: &mut Session, moment: &Moment<'_>, value: &Recorded) -> Option<String> {
    if !session.shows_memory {
        return None;
    }
    let blob = match value {
        Recorded::Bytes(blob) => blob.clone(),
        Recorded::Object(object) => {
            let entity = moment.player.entity(*object)?;
            let ty = moment.player.type_name(entity.ty?)?;
            match (ty.kind, entity.items.first()) {
                (Kind::ByteArray, Some(Recorded::Bytes(blob))) => blob.clone(),
                _ => return None,
            }
        }
        _ => return None,
    };
    let known = session.memory.iter().position(|(_, known)| *known == blob);
    if let Some(at) = known {
        return Some(session.memory[at].0.clone());
    }
    if session.memory.len() >= KEPT {
        session.memory.remove(0);
    }
    session.memories += 1;
    let name = format!("bytes-{}", session.memories);
    session.memory.push((name.clone(), blob));
    Some(name)
}

/// `readMemory`
pub fn read(session: &mut Session, arguments: &Value) -> Answer {
    let name = arguments["memoryReference"].as_str().unwrap_or_default();
    let blob = session.memory.iter().find(|(known, _)| known == name).map(|(_, blob)| blob);
    let Blob { bytes, cut } = blob.ok_or("these bytes are not known any more: expand the variable again")?;
    let offset = arguments["offset"].as_i64().unwrap_or(0);
    let count = arguments["count"].as_u64().unwrap_or(0);
    let start = usize::try_from(offset).unwrap_or(0).min(bytes.len());
    // What lies before the value is nothing.
    let before = offset.min(0).unsigned_abs().min(count);
    let end = start.saturating_add((count - before) as usize).min(bytes.len());
    let there = if offset < 0 { &[] } else { &bytes[start..end] };
    let mut answer = json!({"address": format!("{:#x}", start), "data": BASE64_STANDARD.encode(there)});
    let missing = count - there.len() as u64;
    if missing > 0 {
        answer["unreadableBytes"] = missing.into();
    }
    if let Some(length) = *cut {
        let text = format!("{} of {length} bytes were recorded\n", bytes.len());
        session.console(&text);
    }
    Ok(answer)
}
