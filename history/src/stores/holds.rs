//! Whether an object holds items (`box[key] = value`) or attributes (`box.key = value`).

use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::World;
use connie_wire::{Contents, Kind};

use crate::target::Target;

/// Whether an object holds items rather than attributes.
pub(super) fn is_container(player: &Player<'_>, object: u64) -> bool {
    let kind = player.entity(object).and_then(|entity| entity.ty).and_then(|ty| player.type_name(ty)).map(|ty| ty.kind);
    let has_keys = |kind: &Kind| matches!(kind.shape().contents, Contents::Positions | Contents::Pairs);
    kind.is_some_and(|kind| !kind.is_fixed() && has_keys(&kind))
}

/// Whether the object of an item holds items rather than attributes; `None` if that is not known.
pub(super) fn holds_items(recording: &Recording, target: &Target) -> Option<bool> {
    let Target::Item { object, .. } = target else { return None };
    // Numbers are assigned before objects are written, so that the next chunk may have it.
    recording.chunks_of(*object).ok()?.iter().take(2).find_map(|index| {
        let chunk = &recording.chunks[*index];
        let player = Player::at(recording, chunk.first_step + chunk.steps.saturating_sub(1)).ok()?.0;
        player.entity(*object).and_then(|entity| entity.ty).map(|_| is_container(&player, *object))
    })
}
