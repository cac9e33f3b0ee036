//! The table of objects.

use connie_recording::Error;
use connie_recording::reader::Recording;
use connie_wire::Op;
use rustc_hash::FxHashMap;

use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::Run;
use crate::table::{Once, RUN, Table, integer, text};

/// Objects.
pub const OBJECTS: Table = Table {
    name: "objects",
    about: "An object that recorded code saw: a container, or an instance of a class",
    columns: &[
        RUN,
        integer("object", "its number"),
        text("type", "its class, with its module").narrowing(),
        integer("first_step", "the step at which it was first seen"),
        integer("last_change", "the step of its last change that was seen"),
        integer("changes", "how many changes were seen"),
    ],
    size: |run| run.recording.last_step() / 10,
    scan: |_, _| Box::new(Once(read as fn(&Run, &Filter, &mut Vec<Row>) -> Result<(), Error>)),
};

struct Seen {
    ty: u32,
    first: u64,
    last: u64,
    changes: u64,
}

/// The name of a type.
fn name(recording: &Recording, ty: u32) -> Option<String> {
    let name = recording.type_name(ty)?;
    let module = &name.module;
    Some(if module.is_empty() || module == "builtins" { name.name.clone() } else { format!("{module}.{}", name.name) })
}

fn read(run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<(), Error> {
    let mut seen: FxHashMap<u64, Seen> = FxHashMap::default();
    for index in 0..run.recording.chunks.len() {
        let chunk = run.recording.chunk(index)?;
        let mut walk = chunk.walk(run.recording.chunks[index].first_step);
        while let Some(op) = walk.next_op() {
            let step = walk.step();
            let object = match op {
                Op::New { object, ty, .. } => {
                    let fresh = Seen { ty: *ty, first: step, last: step, changes: 0 };
                    if let Some(known) = seen.get_mut(object) {
                        known.ty = *ty;
                    } else {
                        seen.insert(*object, fresh);
                    }
                    continue;
                }
                Op::Set { object, .. } | Op::Splice { object, .. } => object,
                _ => continue,
            };
            if let Some(known) = seen.get_mut(object) {
                known.last = step;
                known.changes += 1;
            }
        }
    }
    let mut seen: Vec<(u64, Seen)> = seen.into_iter().collect();
    seen.sort_unstable_by_key(|(object, _)| *object);
    let mut names: FxHashMap<u32, Option<String>> = FxHashMap::default();
    for (object, seen) in seen {
        let name = names.entry(seen.ty).or_insert_with(|| name(&run.recording, seen.ty));
        if name.as_deref().is_none_or(|name| filter.allows_text(2, name)) {
            rows.push(row![object, name.as_deref(), seen.first, seen.last, seen.changes]);
        }
    }
    Ok(())
}
