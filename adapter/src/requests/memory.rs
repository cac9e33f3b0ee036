//! The bytes of `bytes` and `bytearray` values, for clients that show memory.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use connie_history::moment::Moment;
use connie_recording::render::World;
use connie_wire::{Blob, Kind, Value as Recorded};

use crate::arguments::ReadMemoryArguments;
use crate::client::message::{Answer, answer};
use crate::protocol::ReadMemoryResponseBody;
use crate::session::Session;

/// The name with which a client may request a value's bytes, if it has any and the client can show them.
pub fn reference(session: &mut Session, moment: &Moment<'_>, value: &Recorded) -> Option<String> {
    if !session.client.can.shows_memory {
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
    Some(session.client.memory.name(&blob))
}

/// `readMemory`
pub fn read(session: &mut Session, arguments: &ReadMemoryArguments) -> Answer {
    let name = arguments.memory_reference.as_deref().unwrap_or_default();
    let blob = session.client.memory.get(name);
    let Blob { bytes, cut } = blob.ok_or("these bytes are no longer available: expand the variable again")?;
    let offset = arguments.offset.unwrap_or(0);
    let count = arguments.count.unwrap_or(0);
    let start = usize::try_from(offset).unwrap_or(0).min(bytes.len());
    // Nothing can be read before the start of the value.
    let before = offset.min(0).unsigned_abs().min(count);
    let end = start.saturating_add((count - before) as usize).min(bytes.len());
    let there = if offset < 0 { &[] } else { &bytes[start..end] };
    let missing = count - there.len() as u64;
    let body = ReadMemoryResponseBody {
        address: format!("{start:#x}"),
        data: Some(BASE64_STANDARD.encode(there)),
        unreadable_bytes: (missing > 0).then_some(missing),
    };
    if let Some(length) = *cut {
        let text = format!("{} of {length} bytes were recorded\n", bytes.len());
        session.client.console(&text);
    }
    answer(body)
}
