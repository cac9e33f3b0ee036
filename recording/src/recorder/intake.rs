//! From bytes to columns: the fields of an op go where they belong, without an [`Op`](connie_wire::Op) in between.

use connie_wire::level::Level;
use connie_wire::op::{Text, Visitor};
use connie_wire::texts::Place;
use connie_wire::verdict::Verdict;
use connie_wire::{Blob, Kind, Value};

use super::definition::{Code, Definition};
use super::state::Recorder;
use crate::error::Error;

/// Reads the ops of the recorder's current stream.
pub(super) struct Intake<'r>(pub(super) &'r mut Recorder);

impl Intake<'_> {
    /// The long text of a place; see [`connie_wire::texts`].
    fn text_at(&mut self, place: Place, shared: u32, rest: &[u8], length: u64) -> Result<Value, Error> {
        let text = self.0.own().texts.completed(place, shared, rest)?;
        Ok(Value::Str(Blob { bytes: text.into(), cut: (length != 0).then_some(length) }))
    }
}

impl Visitor for Intake<'_> {
    type Out = Result<(), Error>;

    #[inline(always)]
    fn line(&mut self, line: u32) -> Self::Out {
        self.0.begin_step()?;
        self.0.line(line)
    }

    #[inline]
    fn moved(&mut self, line: u32) -> Self::Out {
        self.0.begin(true)?;
        self.0.writer.moved(line);
        self.0.context.moved(line);
        Ok(())
    }

    #[inline]
    fn slot(&mut self, slot: u32, mut value: Value) -> Self::Out {
        self.0.translate(&mut value);
        self.0.begin(true)?;
        self.0.slot(slot, value)
    }

    #[inline(never)]
    fn slot_of(&mut self, frame: u64, slot: u32, mut value: Value) -> Self::Out {
        self.0.translate(&mut value);
        self.0.begin(true)?;
        self.0.slot_of(frame, slot, value)
    }

    #[inline]
    fn set(&mut self, object: u64, index: u32, mut value: Value) -> Self::Out {
        self.0.translate(&mut value);
        self.0.begin(true)?;
        self.0.set(object, index, value)
    }

    #[inline(never)]
    fn slot_text(&mut self, slot: u32, shared: u32, rest: &[u8], length: u64) -> Self::Out {
        let value = self.text_at(Place::of_slot(slot), shared, rest, length)?;
        self.0.begin(true)?;
        self.0.slot(slot, value)
    }

    #[inline(never)]
    fn set_text(&mut self, object: u64, index: u32, shared: u32, rest: &[u8], length: u64) -> Self::Out {
        let value = self.text_at(Place::of_item(object, index), shared, rest, length)?;
        self.0.begin(true)?;
        self.0.set(object, index, value)
    }

    #[inline]
    fn call(
        &mut self,
        frame: u64,
        mut code: u32,
        namespace: u64,
        time: i64,
        line: u32,
        mut slots: Vec<(u32, Value)>,
    ) -> Self::Out {
        let time = self.0.time(time);
        if let Some(translation) = self.0.translation() {
            code = translation.code(code);
            slots.iter_mut().for_each(|(_, value)| self.0.translate(value));
        }
        self.0.begin_step()?;
        self.0.call((frame, code, namespace), time, line, &mut slots)
    }

    #[inline]
    fn returns(&mut self, time: i64, mut value: Value) -> Self::Out {
        let time = self.0.time(time);
        self.0.translate(&mut value);
        self.0.begin_step()?;
        self.0.returns(time, value)
    }

    #[inline(never)]
    fn raise(&mut self, line: u32, mut value: Value) -> Self::Out {
        self.0.translate(&mut value);
        self.0.begin_step()?;
        self.0.raises(line, &value)
    }

    #[inline(never)]
    fn yields(&mut self, time: i64, mut value: Value) -> Self::Out {
        let time = self.0.time(time);
        self.0.translate(&mut value);
        self.0.begin_step()?;
        self.0.yields(time, value)
    }

    #[inline(never)]
    fn resume(&mut self, frame: u64, time: i64, line: u32) -> Self::Out {
        let time = self.0.time(time);
        self.0.begin_step()?;
        self.0.resumes(frame, time, line)
    }

    #[inline(never)]
    fn unwind(&mut self, time: i64) -> Self::Out {
        let time = self.0.time(time);
        self.0.begin(false)?;
        self.0.unwinds(time)
    }

    #[inline(never)]
    fn cut(&mut self, time: i64) -> Self::Out {
        let time = self.0.time(time);
        self.0.begin(false)?;
        self.0.cuts(time);
        Ok(())
    }

    #[inline(never)]
    fn output(&mut self, stream: u8, text: &[u8]) -> Self::Out {
        self.0.begin_step()?;
        self.0.prints(stream, text)
    }

    #[inline]
    fn object(&mut self, object: u64, mut ty: u32, length: u64, mut items: Vec<Value>) -> Self::Out {
        if let Some(translation) = self.0.translation() {
            ty = translation.type_of(ty);
            items.iter_mut().for_each(|value| self.0.translate(value));
        }
        self.0.begin(true)?;
        self.0.new_object(object, ty, length, items).map(|_| ())
    }

    #[inline]
    fn splice(&mut self, object: u64, start: u32, removed: u32, length: u64, mut items: Vec<Value>) -> Self::Out {
        if self.0.translation().is_some() {
            items.iter_mut().for_each(|value| self.0.translate(value));
        }
        self.0.begin(true)?;
        self.0.splice(object, (start, removed), length, &mut items)
    }

    #[inline]
    fn evict(&mut self, object: u64) -> Self::Out {
        self.0.begin(true)?;
        self.0.forget(object);
        self.0.writer.evict(object);
        Ok(())
    }

    #[inline]
    fn dead(&mut self, objects: Vec<u64>) -> Self::Out {
        objects.into_iter().for_each(|object| self.0.forget(object));
        Ok(())
    }

    fn gone(&mut self, frame: u64) -> Self::Out {
        self.0.begin(false)?;
        self.0.forget(frame);
        self.0.writer.gone(frame);
        self.0.context.gone(frame);
        Ok(())
    }

    #[inline]
    fn sure(&mut self, levels: u8, all: Vec<u64>) -> Self::Out {
        self.0.begin(true)?;
        self.0.writer.sure(levels, &all);
        self.0.context.sure(levels, &all);
        Ok(())
    }

    fn sure_of(&mut self, frame: u64, levels: u8, all: Vec<u64>) -> Self::Out {
        self.0.begin(true)?;
        self.0.writer.sure_of(frame, levels, &all);
        self.0.context.sure_of(frame, levels, &all);
        Ok(())
    }

    #[inline]
    fn clock(&mut self, time: i64) -> Self::Out {
        self.0.own().clock += time;
        Ok(())
    }

    #[inline(never)]
    fn task(&mut self, task: u32, name: &[u8]) -> Self::Out {
        let task = self.0.task(task, name)?;
        self.0.begin(true)?;
        self.0.writer.task(task);
        self.0.context.task = task;
        Ok(())
    }

    #[inline(never)]
    fn thread(&mut self, thread: u32, ident: u64, name: &[u8]) -> Self::Out {
        self.0.thread_of(thread, ident, name)
    }

    #[inline(never)]
    fn trouble(&mut self, text: &[u8]) -> Self::Out {
        self.0.begin(false)?;
        self.0.note_of_process(text);
        Ok(())
    }

    fn end(&mut self) -> Self::Out {
        self.0.own().ended = true;
        Ok(())
    }

    fn inherited(&mut self, count: u32) -> Self::Out {
        self.0.own().inherited = count;
        Ok(())
    }

    fn late(&mut self, object: u64, slot: u32, steps: u64) -> Self::Out {
        self.0.own().open = true;
        self.0.late(object, slot, steps)
    }

    fn chain(&mut self, exception: u64, cause: u64, context: u64) -> Self::Out {
        self.0.own().open = true;
        let (how, other) = if cause != 0 { ("cause", cause) } else { ("context", context) };
        self.0.comes_from(exception, how, other);
        Ok(())
    }

    #[inline(never)]
    fn text(&mut self, exception: u64, how: Text, mut fields: Vec<Value>, mut notes: Vec<Value>) -> Self::Out {
        self.0.own().open = true;
        fields.iter_mut().chain(&mut notes).for_each(|value| self.0.translate(value));
        self.0.text(exception, how, fields, notes)
    }

    fn globals(&mut self, file: u32, object: u64) -> Self::Out {
        self.0.own().open = true;
        self.0.globals(file, object)
    }

    fn process(&mut self, pid: u32, parent: u32, executable: &[u8], arguments: &[u8]) -> Self::Out {
        self.0.process(pid, parent, executable, arguments)
    }

    fn started(&mut self, pid: u32, arguments: &[u8]) -> Self::Out {
        let line = self.0.line_without_secrets(arguments);
        self.0.started.expect(pid, &line);
        Ok(())
    }

    fn left_out(&mut self, verdict: Verdict, path: &[u8]) -> Self::Out {
        self.0.leave_out(verdict, String::from_utf8_lossy(path).into_owned());
        Ok(())
    }

    /// Segments are taken out of the stream before it is read here.
    fn segment(&mut self, _: &[u8], _: &[u8], _: bool) -> Self::Out {
        self.0.begin(false)
    }

    fn segment_end(&mut self, _: u8) -> Self::Out {
        self.0.begin(false)
    }

    #[inline(never)]
    fn string(&mut self, text: &[u8]) -> Self::Out {
        self.0.definition(Definition::String(text))
    }

    fn file(&mut self, path: &[u8]) -> Self::Out {
        self.0.definition(Definition::File(path))
    }

    fn source(&mut self, path: &[u8], text: &[u8]) -> Self::Out {
        self.0.definition(Definition::Source { path, text })
    }

    fn types(&mut self, kind: Kind, module: u32, name: u32, class: u64, descriptor: u8) -> Self::Out {
        self.0.definition(Definition::Type { kind, module, name, class, descriptor })
    }

    fn code(
        &mut self,
        file: u32,
        name: u32,
        line: u32,
        flags: u32,
        arguments: u32,
        free: u32,
        level: Level,
        slots: Vec<u32>,
    ) -> Self::Out {
        self.0.definition(Definition::Code(Code { file, name, line, flags, arguments, free, level, slots }))
    }
}
