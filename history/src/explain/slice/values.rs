//! Follows the values that a line reads to the lines that wrote them or changed their contents.

use connie_expression::{Expression, Got};
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::render::World;
use connie_wire::{Kind as ObjectKind, Value};
use ruff_python_ast::Stmt;
use rustc_hash::FxHashSet;

use super::{Edge, How, MAX_CHANGES, MAX_CHUNKS, MAX_READS, PASSED_ON, Slicer, Writes, unless_cancelled};
use crate::History;
use crate::answers::contents::{self, Version};
use crate::answers::{Changes, ValuePlace};
use crate::explain::constants::constant;
use crate::explain::kinds::LineKind;
use crate::explain::quick::{Quick, QuickScope};
use crate::explain::reads::{Focus, Read, Reads};
use crate::keys;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target, Write};

impl Slicer<'_, '_> {
    /// Follows the values that a line reads to their writes.
    pub(super) fn values(
        &mut self,
        index: usize,
        reads: &Reads<'_>,
        followed: &FxHashSet<String>,
    ) -> Result<Writes, Error> {
        let mut writes = Writes::default();
        let node = self.nodes[index].clone();
        let Some(moment) = unless_cancelled(Moment::at(self.history.recording, node.at.step))? else {
            return Ok(writes);
        };
        let Some(frame) = History::frame_at(&moment, node.at.frame) else { return Ok(writes) };
        let globals = self.history.globals_of(frame);
        let count = reads.reads.len().max(1) as f64;
        let share = if count > 3.0 { (3.0 / count).powf(0.25) } else { 1.0 };
        let mut all: Vec<Read> = reads.reads.iter().take(MAX_READS).cloned().collect();
        all.extend(self.dynamic(&moment, frame, globals, reads));
        for read in &all {
            let Some((place, value)) = self.place(&moment, frame, globals, &read.text, node.at.step)? else {
                self.constant(index, &read.text, &None, node.weight * read.weight * share);
                continue;
            };
            let is_code = |value: &Value| {
                matches!(value, Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_))
            };
            let told = if index == 0 { self.told(value.as_ref()) } else { 1.0 };
            // The argument of a recorded call is followed from its use in that call.
            let passed = if read.via.as_ref().is_some_and(|via| followed.contains(via)) { PASSED_ON } else { 1.0 };
            let weight = node.weight * read.weight * share * told * passed;
            let changes = Changes::new(*self.history, &place, node.at.step, Direction::Backward).bindings().next();
            let change = unless_cancelled(changes.transpose())?.flatten();
            let change = change.filter(|change| !self.is_older(&change.write.line, &read.text, node.source));
            let written = change.as_ref().and_then(|change| change.write.value.as_ref());
            let value = value.or_else(|| written.cloned());
            if value.as_ref().is_some_and(|value| is_code(value) || is_code_object(&moment, value)) {
                continue;
            }
            if change.is_none() {
                self.constant(index, &read.text, &value, weight);
            }
            if let Some(change) = &change {
                if change.write.line.frame == node.at.frame && change.write.line.at == At::Line {
                    writes.insert(read.text.clone(), change.write.line.step);
                }
                self.written(index, read, &change.write, weight)?;
            }
            if let Some(Value::Object(object)) = value
                && !is_instance(&moment, object)
            {
                self.contents(index, read, object, node.at.step, (weight, MAX_CHANGES))?;
                for inner in inner(&moment, object) {
                    self.contents(index, read, inner, node.at.step, (weight * WITHIN, MAX_WITHIN))?;
                }
            }
        }
        Ok(writes)
    }

    /// Whether a global of another module is first seen at a line, which did not set it.
    fn is_older(&self, at: &Position, name: &str, source: u32) -> bool {
        if at.at != At::Line || name.contains(['.', '[']) || self.source_of(at) == Some(source) {
            return false;
        }
        let Some(code) = self.source_of(at).and_then(|source| self.code(source)) else { return false };
        let text = code.statements.text.lines().nth((at.line as usize).saturating_sub(1)).unwrap_or_default();
        !text.contains(name) && !code.statements.on(at.line).iter().any(|stmt| crate::answers::binds(stmt, name))
    }

    /// Follows a name that was set before the recording began to the only line of the source that sets it.
    fn constant(&mut self, index: usize, text: &str, value: &Option<Value>, weight: f64) {
        let node = self.nodes[index].clone();
        let Some(code) = self.code(node.source) else { return };
        let function = self.history.recording.function(node.at.code);
        if function.is_none_or(|function| function.slots.iter().any(|slot| slot == text)) {
            return;
        }
        let Some(found) = constant(&code, self.function_name(&node.at), text) else { return };
        let line = code.lines(found).0;
        let is_code = matches!(code.statements.at(line), Some(Stmt::FunctionDef(_) | Stmt::ClassDef(_)));
        if is_code || line == node.at.line {
            return;
        }
        let value = value.clone().map(|value| (value, node.at.step));
        let edge = Edge::new(How::Set, weight * 0.9).named(text.to_owned()).with(value);
        self.add(Some(index), Position { line, ..node.at }, Focus::on(found), edge);
    }

    /// Follows reads by a computed name: `getattr`, and the arguments if the line reads all variables.
    pub(super) fn dynamic(
        &self,
        moment: &Moment<'_>,
        frame: StackFrame,
        globals: Option<u64>,
        reads: &Reads<'_>,
    ) -> Vec<Read> {
        let names = moment.scope(frame, globals);
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let attribute = |(object, name): &(&str, &str)| {
            let parsed = Expression::parse(name).ok()?;
            let (Got::Value(Value::Str(name)), _) = parsed.eval_doubtful(&scope).ok()? else { return None };
            let text = format!("{object}.{}", String::from_utf8_lossy(&name.bytes));
            Some(Read { text, weight: 0.95, via: None })
        };
        let mut found: Vec<Read> = reads.dynamic.iter().filter_map(attribute).collect();
        if reads.calls.contains("locals") || reads.calls.contains("vars") {
            let function = self.history.recording.function(frame.code);
            let arguments = function
                .map_or(&[][..], |function| &function.slots[..(function.arguments as usize).min(function.slots.len())]);
            found.extend(arguments.iter().map(|name| Read { text: name.clone(), weight: 0.6, via: None }));
        }
        found
    }

    /// The relevance of a value according to the text of the failure, from 0 to 1.
    pub(super) fn told(&self, value: Option<&Value>) -> f64 {
        let is_none = self.message.contains("NoneType");
        if let (Some(kind), Some(value)) = (self.named_kind(), value)
            && !is_none
            && is_scalar(value)
        {
            return if scalar(value) == Some(kind) { 1.0 } else { 0.5 };
        }
        match value {
            Some(Value::None) if is_none => 1.0,
            Some(_) if is_none => 0.3,
            Some(Value::Str(text)) if self.message.starts_with("KeyError") => {
                if self.message.contains(&*String::from_utf8_lossy(&text.bytes)) { 1.0 } else { 0.5 }
            }
            Some(Value::Str(_)) if self.message.contains("'str'") || self.message.contains("str (") => 1.0,
            Some(_) if self.message.starts_with("TypeError") && self.message.contains("'str'") => 0.6,
            _ => 1.0,
        }
    }

    /// The type whose value the text of the failure blames: `'bool' object is not subscriptable`.
    pub fn named_kind(&self) -> Option<&str> {
        let text =
            self.message.strip_prefix("TypeError: ").or_else(|| self.message.strip_prefix("AttributeError: "))?;
        let (kind, rest) = text.strip_prefix('\'')?.split_once('\'')?;
        rest.starts_with(" object ").then_some(kind)
    }

    /// The place that a text names, and its value.
    pub(super) fn place(
        &self,
        moment: &Moment<'_>,
        frame: StackFrame,
        globals: Option<u64>,
        text: &str,
        step: u64,
    ) -> Result<Option<(ValuePlace, Option<Value>)>, Error> {
        let Ok(parsed) = Expression::parse(text) else { return Ok(None) };
        let names = moment.scope(frame, globals);
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let value = match parsed.eval_doubtful(&scope) {
            Ok((Got::Value(value), _)) => Some(value),
            _ => None,
        };
        let Ok(place) = parsed.place(&scope) else { return Ok(None) };
        let place = keys::from_start(&moment.player, place);
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        let Some(target) = target else { return Ok(None) };
        let Target::Slot { slot, .. } = &target else { return Ok(Some((target.into(), value))) };
        let function = self.history.recording.function(frame.code);
        let is_free = function.is_some_and(|function| *slot as usize + function.free >= function.slots.len());
        if !is_free {
            return Ok(Some((target.into(), value)));
        }
        // Resolving a variable of an enclosing function reads every chunk.
        if self.history.recording.chunks.len() > MAX_CHUNKS {
            return Ok(None);
        }
        let place = unless_cancelled(self.history.bound(target, frame, step))?;
        Ok(place.filter(|place| place.unknown.is_none()).map(|place| (place, value)))
    }

    /// Follows a value to the line that wrote it.
    pub(super) fn written(&mut self, index: usize, read: &Read, write: &Write, weight: f64) -> Result<(), Error> {
        let value = write.value.clone().map(|value| (value, write.seen));
        if write.line.at == At::Call {
            return self.argument(index, read, &write.line, value, weight);
        }
        let is_named = self.stores(&write.line, &read.text);
        if !is_named && !read.text.contains(['.', '[']) {
            // A global is first seen where its module's code first runs.
            return Ok(());
        }
        if !is_named {
            self.add(
                Some(index),
                write.line,
                Focus::All,
                Edge::new(How::Appeared, weight * 0.7).named(read.text.clone()).with(value),
            );
            return Ok(());
        }
        let copies = matches!(
            self.kind_at(&write.line),
            LineKind::Passes
                | LineKind::Selects
                | LineKind::Calls
                | LineKind::Asks
                | LineKind::Applies
                | LineKind::Loops
        );
        let factor = if copies { 0.98 } else { 0.92 };
        self.add(
            Some(index),
            write.line,
            Focus::All,
            Edge::new(How::Wrote, weight * factor).named(read.text.clone()).with(value),
        );
        Ok(())
    }

    /// Whether the statement of a line stores into a place of this name itself.
    pub(super) fn stores(&self, at: &Position, name: &str) -> bool {
        let Some(code) = self.source_of(at).and_then(|source| self.code(source)) else { return true };
        let is_name = !name.contains(['.', '[']);
        code.statements.on(at.line).iter().any(|stmt| match stmt {
            stmt if crate::answers::binds(stmt, name) => true,
            Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::AnnAssign(_) | Stmt::For(_) | Stmt::With(_) => true,
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Try(_) | Stmt::Match(_) => true,
            Stmt::Delete(_) | Stmt::ClassDef(_) | Stmt::FunctionDef(_) => true,
            _ => is_name && self.function_name(at).ends_with('>') && self.function_name(at) != "<module>",
        })
    }

    /// Whether the statement of a line creates objects that it names or returns, without storing into existing ones.
    fn makes(&self, at: &Position) -> bool {
        let Some(code) = self.source_of(at).and_then(|source| self.code(source)) else { return false };
        match code.statements.at(at.line) {
            Some(Stmt::Assign(assign)) => !assign.targets.iter().any(ruff_python_ast::Expr::is_subscript_expr),
            Some(Stmt::AnnAssign(_) | Stmt::Return(_)) => true,
            _ => false,
        }
    }

    /// Follows a value to the lines that changed its contents, the latest first.
    pub(super) fn contents(
        &mut self,
        index: usize,
        read: &Read,
        object: u64,
        step: u64,
        (weight, most): (f64, usize),
    ) -> Result<(), Error> {
        let target = Target::Item { object, key: Value::None };
        let mut lines = FxHashSet::default();
        for (n, version, has_piece) in self.versions(object, step, 2 * most)? {
            let line = writes::running(self.history.recording, self.history.timeline, &target, version.seen);
            if let Some(line) = unless_cancelled(line)?.flatten()
                && line.step < self.nodes[index].at.step
                && lines.insert(line.line)
            {
                let value = Some((Value::Object(object), version.seen));
                let factor = if has_piece { 0.98 } else { 0.93 * 0.95f64.powi(n) };
                let is_new = version.edits.first().is_some_and(|edit| edit.lengths.0 == 0) && self.makes(&line);
                let how = if is_new { How::Made } else { How::Changed };
                self.add(
                    Some(index),
                    line,
                    Focus::All,
                    Edge::new(how, weight * factor).named(read.text.clone()).with(value),
                );
            }
            if lines.len() >= most {
                break;
            }
        }
        Ok(())
    }

    /// The latest versions of an object up to a step, with their numbers. If some of them put in a wrong piece, only
    /// those, also if many came after them.
    fn versions(&self, object: u64, step: u64, most: usize) -> Result<Vec<(i32, Version, bool)>, Error> {
        let limit = if self.pieces.is_empty() { most } else { MAX_VERSIONS };
        let (mut found, mut from) = (Vec::new(), step);
        for n in 0..limit {
            let near = contents::near(self.history.recording, object, from, Direction::Backward);
            let Some(version) = unless_cancelled(near)?.flatten() else { break };
            let seen = version.seen;
            let mut added = version.edits.iter().flat_map(|edit| &edit.added);
            let has_piece = added.any(|value| self.pieces.within(value).is_some_and(|share| share > 0.5));
            if has_piece || n < most {
                found.push((n as i32, version, has_piece));
            }
            if seen == 0 {
                break;
            }
            from = seen - 1;
        }
        if found.iter().any(|(_, _, has_piece)| *has_piece) {
            found.retain(|(_, _, has_piece)| *has_piece);
        }
        Ok(found)
    }
}

/// The limits for containers within a container: their number, the changes of each, and their factor.
const MAX_INNER: usize = 3;
const MAX_WITHIN: usize = 2;
/// The maximum number of versions of a container among which those with a wrong piece are searched.
const MAX_VERSIONS: usize = 60;
const WITHIN: f64 = 0.85;

/// The last items of a container that are containers themselves.
fn inner(moment: &Moment<'_>, object: u64) -> Vec<u64> {
    let Some(entity) = moment.player.entity(object) else { return Vec::new() };
    let is_container = |inner: &u64| {
        let entity = moment.player.entity(*inner);
        let ty = entity.and_then(|entity| moment.player.type_name(entity.ty?));
        ty.is_some_and(|ty| matches!(ty.kind, ObjectKind::List | ObjectKind::Dict | ObjectKind::Set))
    };
    let objects = entity.items.iter().rev().filter_map(|item| match item {
        Value::Object(inner) => Some(*inner),
        _ => None,
    });
    objects.take(4 * MAX_INNER).filter(is_container).take(MAX_INNER).collect()
}

/// The type of a scalar.
pub(in crate::explain) fn scalar(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::None => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::BigInt(..) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::Tuple(_) => "tuple",
        _ => return None,
    })
}

fn is_scalar(value: &Value) -> bool {
    scalar(value).is_some()
}

/// Whether a value is the object of a class, function or module.
fn is_code_object(moment: &Moment<'_>, value: &Value) -> bool {
    let Value::Object(object) = value else { return false };
    let entity = moment.player.entity(*object);
    let ty = entity.and_then(|entity| moment.player.type_name(entity.ty?));
    ty.is_some_and(|ty| matches!(ty.kind, ObjectKind::Class | ObjectKind::Function | ObjectKind::Module))
}

/// Whether an object has attributes and no contents: each attribute that is read is then followed separately.
fn is_instance(moment: &Moment<'_>, object: u64) -> bool {
    let entity = moment.player.entity(object);
    let ty = entity.and_then(|entity| moment.player.type_name(entity.ty?));
    ty.is_some_and(|ty| ty.kind == ObjectKind::Instance)
}
