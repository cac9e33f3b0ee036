//! Values as trees. The children of a handle are those of the moment, never later ones.

use std::collections::VecDeque;

use connie_expression::{text_value, with_doubt};
use connie_history::beside::type_of;
use connie_history::moment::Moment;
use connie_recording::chunk::StackFrame;
use connie_recording::hidden::{is_dunder, is_hidden};
use connie_recording::player::Event;
use connie_recording::render::{Bounds, Renderer, World};
use connie_recording::{attributes, contexts, ints};
use connie_wire::{Kind, Value as Recorded, repr};
use rustc_hash::FxHashSet;

use crate::arguments::VariablesArguments;
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{Variable, VariablePresentationHint, VariablesResponseBody};
use crate::session::Session;
use crate::view::View;

/// How much of a value is shown in one line of a tree.
const LINE: Bounds = Bounds { string: 300, items: 30, depth: 3 };

/// A child of a handle.
pub struct Child {
    /// Name of the variable or attribute, index, or key as Python writes it.
    pub name: String,
    /// Its value.
    pub value: Recorded,
    /// The suffix that makes its expression from its parent's; `None` if no expression has this value.
    path: Option<String>,
    indexed: bool,
}

/// `variables`
pub fn variables(session: &mut Session, arguments: &VariablesArguments) -> Answer {
    let number = arguments.variables_reference.ok_or("variables needs a variablesReference")?;
    if let Some(Handle::Logged(step)) = session.client.handles.get(number) {
        return answer(super::logged::variables(*step, number));
    }
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let (children, missing) = children(session, &moment, number)?;
    let filter = arguments.filter.as_deref();
    let wanted = |child: &&Child| filter.is_none_or(|filter| (filter == "indexed") == child.indexed);
    let start = arguments.start.unwrap_or(0) as usize;
    let count = arguments.count.filter(|n| *n > 0).map_or(usize::MAX, |n| n as usize);
    let hex = arguments.format.hex == Some(true);
    let prefix = prefix_of(session, &moment, number);
    let doubtful = is_in_doubt(session, &moment, number);
    let frame = match session.client.handles.get(number) {
        Some(Handle::Locals(frame) | Handle::Closure(frame)) => View::frame(&moment, *frame),
        _ => None,
    };
    moment.player.view_from(session.client.handles.get(number).and_then(|handle| frame_of(&moment, handle)));
    let mut found = Vec::new();
    for (n, child) in children.iter().enumerate().filter(|(_, child)| wanted(child)).skip(start).take(count) {
        let own = Handle::Part(number, n);
        let mut shown = shown(session, &moment, &child.value, hex, own);
        shown.name.clone_from(&child.name);
        let is_shared = |frame| moment.player.is_variable_in_doubt(frame, &child.name);
        if doubtful || frame.as_ref().is_some_and(is_shared) {
            shown.value = with_doubt(shown.value, true);
        }
        if let (Some(prefix), Some(path)) = (&prefix, &child.path) {
            shown.evaluate_name = Some(format!("{prefix}{path}"));
        }
        found.push(shown);
    }
    if let Some(Handle::Object(object)) = session.client.handles.get(number).cloned()
        && filter != Some("indexed")
        && found.len() < count
        && let Some(group) = class_group(session, &moment, object)
    {
        found.push(group);
    }
    if missing > 0 && filter != Some("named") && found.len() < count {
        found.push(Variable {
            name: "…".into(),
            value: format!("{missing} more were not recorded"),
            presentation_hint: Some(group_hint()),
            ..Variable::default()
        });
    }
    answer(VariablesResponseBody { variables: found })
}

/// The hint for lines that are not variables.
fn group_hint() -> VariablePresentationHint {
    VariablePresentationHint {
        kind: Some("virtual".into()),
        attributes: vec!["readOnly".into()],
        ..VariablePresentationHint::default()
    }
}

/// Whether code that was not recorded may have changed the contents of a handle.
fn is_in_doubt(session: &Session, moment: &Moment<'_>, number: i64) -> bool {
    match session.client.handles.get(number) {
        Some(Handle::Object(object)) => moment.player.in_doubt(*object),
        Some(Handle::Class(object)) => {
            let order = attributes::resolution_order(&moment.player, attributes::class_of(&moment.player, *object));
            order.into_iter().flatten().any(|class| moment.player.in_doubt(class))
        }
        _ => false,
    }
}

/// An int as `hex` writes it. If that is too long for a client, its number of digits.
fn hexadecimal(negative: bool, magnitude: &[u8]) -> String {
    ints::hex(negative, magnitude).unwrap_or_else(|| ints::text(negative, magnitude))
}

/// A value as it is sent to the client. `own` is the handle for values without identity.
pub fn shown(session: &mut Session, moment: &Moment<'_>, value: &Recorded, hex: bool, own: Handle) -> Variable {
    let player = &moment.player;
    let text = match value {
        Recorded::Int(n) if hex => hexadecimal(*n < 0, &n.unsigned_abs().to_le_bytes()),
        Recorded::BigInt(negative, magnitude) if hex => hexadecimal(*negative, magnitude),
        value => Renderer::new(player, LINE).text(value),
    };
    let (ty, named, indexed) = describe(moment, value);
    let reference = match value {
        _ if named + indexed == 0 => 0,
        Recorded::Object(object) => session.client.handles.number(Handle::Object(*object)),
        _ => session.client.handles.number(own),
    };
    let mut attributes = vec!["readOnly".into()];
    if matches!(value, Recorded::Object(_)) {
        attributes.push("hasObjectId".into());
    }
    Variable {
        value: text,
        type_: Some(ty),
        variables_reference: reference,
        named_variables: (named > 0).then_some(named as i64),
        indexed_variables: (indexed > 0).then_some(indexed as i64),
        memory_reference: super::memory::reference(session, moment, value),
        presentation_hint: Some(VariablePresentationHint { attributes, ..VariablePresentationHint::default() }),
        ..Variable::default()
    }
}

/// The type (with the identity of an object), and the number of named and of indexed children.
fn describe(moment: &Moment<'_>, value: &Recorded) -> (String, usize, usize) {
    let ty = type_of(&moment.player, value).unwrap_or_default();
    let entity = match value {
        Recorded::Tuple(items) => return (ty, 0, items.len()),
        Recorded::Object(object) => moment.player.entity(*object).map(|entity| (object, entity)),
        _ => return (ty, 0, 0),
    };
    let kind = entity.as_ref().and_then(|(_, entity)| Some(moment.player.type_name(entity.ty?)?.kind));
    let (Some((object, entity)), Some(kind)) = (entity, kind) else { return (String::new(), 0, 0) };
    let items = entity.items.len();
    let (named, indexed) = match kind {
        Kind::List | Kind::Tuple | Kind::Set | Kind::Frozenset | Kind::Exception => (0, items),
        Kind::Deque => (0, items.saturating_sub(1)),
        Kind::Opaque | Kind::Template | Kind::ByteArray | Kind::Array => (0, 0),
        Kind::DefaultDict => (items.saturating_sub(1) / 2, 0),
        kind if kind.is_named() => (attributes::members(&moment.player, *object).len(), 0),
        _ => (items / 2, 0),
    };
    if kind.is_named() {
        return (ty, named, indexed);
    }
    let group = usize::from(!of_class(moment, *object).is_empty());
    (format!("{ty} #{object}"), named + own_attributes(moment, *object).len() + group, indexed)
}

/// The children of a handle, and how many of its items were not recorded.
///
/// # Errors
/// A message, if the handle is not known at this moment.
pub fn children(session: &Session, moment: &Moment<'_>, number: i64) -> Result<(Vec<Child>, u64), String> {
    let named = |(name, value): (String, Recorded)| {
        let value = contexts::behind(&moment.player, value);
        let path = Some(name.clone()).filter(|name| !is_hidden(name));
        Child { path, name, value, indexed: false }
    };
    let handle = session.client.handles.get(number).ok_or("this variable is not known")?;
    moment.player.view_from(frame_of(moment, handle));
    match handle {
        Handle::Locals(frame) => {
            let frame = View::frame(moment, *frame).ok_or("this frame is not on the stack at this moment")?;
            let closure = moment.closure(&frame);
            let locals = moment.player.locals(&frame);
            let shown = locals.into_iter().filter(|(name, _)| session.view.shows(name) && !closure.contains(name));
            let returned = session.view.returned_to(moment.step.number, frame.frame).iter().cloned();
            let returned =
                returned.map(|(name, value)| Child { path: Some(name.clone()), name, value, indexed: false });
            Ok((returned.chain(shown.map(named)).collect(), 0))
        }
        Handle::Closure(frame) => {
            let frame = View::frame(moment, *frame).ok_or("this frame is not on the stack at this moment")?;
            let closure = moment.closure(&frame);
            let locals = moment.player.locals(&frame).into_iter();
            Ok((locals.filter(|(name, _)| closure.contains(name)).map(named).collect(), 0))
        }
        Handle::Globals(object, _) => {
            let Some(entity) = moment.player.entity(*object) else { return Ok((Vec::new(), 0)) };
            let pairs = entity.items.chunks_exact(2).filter_map(|pair| match &pair[0] {
                Recorded::Str(name) => Some((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone())),
                _ => None,
            });
            Ok((pairs.filter(|(name, _)| session.view.shows(name)).map(named).collect(), 0))
        }
        Handle::Outcome(_) => match &moment.step.event {
            Event::Return(value) | Event::Yield(value) | Event::Raise(value) => {
                Ok((vec![Child { name: "value".into(), value: value.clone(), path: None, indexed: false }], 0))
            }
            _ => Ok((Vec::new(), 0)),
        },
        Handle::Object(object) => {
            let (mut found, missing) = of_object(moment, *object);
            found.extend(own_attributes(moment, *object));
            Ok((found, missing))
        }
        Handle::Class(object) => Ok((of_class(moment, *object), 0)),
        Handle::Logged(_) => Ok((Vec::new(), 0)),
        Handle::Part(parent, index) => {
            let (siblings, _) = children(session, moment, *parent)?;
            match siblings.get(*index).map(|child| &child.value) {
                Some(Recorded::Tuple(items)) => Ok((sequence(items), 0)),
                Some(Recorded::Object(object)) => Ok(of_object(moment, *object)),
                _ => Ok((Vec::new(), 0)),
            }
        }
    }
}

/// The frame whose variables a handle shows. Context variables have the values of this frame.
fn frame_of(moment: &Moment<'_>, handle: &Handle) -> Option<StackFrame> {
    match handle {
        Handle::Locals(frame) | Handle::Closure(frame) | Handle::Globals(_, frame) => View::frame(moment, *frame),
        _ => None,
    }
}

fn sequence(items: &[Recorded]) -> Vec<Child> {
    let child = |(n, value): (usize, &Recorded)| Child {
        name: n.to_string(),
        value: value.clone(),
        path: Some(format!("[{n}]")),
        indexed: true,
    };
    items.iter().enumerate().map(child).collect()
}

fn of_object(moment: &Moment<'_>, object: u64) -> (Vec<Child>, u64) {
    let Some(entity) = moment.player.entity(object) else { return (Vec::new(), 0) };
    let Some(ty) = entity.ty.and_then(|ty| moment.player.type_name(ty)) else { return (Vec::new(), 0) };
    let items = entity.items.as_slice();
    let missing = entity.length.saturating_sub(items.len() as u64);
    let pairs = |items: &[Recorded]| -> Vec<Child> {
        let child = |pair: &[Recorded]| {
            let name = Renderer::new(&moment.player, LINE).text(&pair[0]);
            let path = is_literal(&pair[0]).then(|| format!("[{name}]"));
            Child { name, value: pair[1].clone(), path, indexed: false }
        };
        items.chunks_exact(2).map(child).collect()
    };
    match ty.kind {
        Kind::List | Kind::Tuple => (sequence(items), missing),
        Kind::Set | Kind::Frozenset | Kind::Exception => {
            let mut found = sequence(items);
            found.iter_mut().for_each(|child| child.path = None);
            (found, missing)
        }
        Kind::Deque => (sequence(items.get(1..).unwrap_or_default()), missing),
        Kind::Instance | Kind::NamedTuple => {
            let child = |pair: &[Recorded]| {
                let name = match &pair[0] {
                    Recorded::Str(name) => String::from_utf8_lossy(&name.bytes).into_owned(),
                    other => Renderer::new(&moment.player, LINE).text(other),
                };
                Child { path: Some(format!(".{name}")), name, value: pair[1].clone(), indexed: false }
            };
            (items.chunks_exact(2).map(child).collect(), missing / 2)
        }
        Kind::DefaultDict => (pairs(items.get(1..).unwrap_or_default()), missing / 2),
        Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => (pairs(items), missing / 2),
        Kind::Class | Kind::Function | Kind::Module => (members(moment, object), 0),
        Kind::Opaque | Kind::Template | Kind::ByteArray | Kind::Array => (Vec::new(), 0),
    }
}

/// The attributes of a class, a function or a module.
fn members(moment: &Moment<'_>, object: u64) -> Vec<Child> {
    let child =
        |(name, value, _): attributes::Member| Child { path: Some(format!(".{name}")), name, value, indexed: false };
    attributes::members(&moment.player, object).into_iter().map(child).collect()
}

/// The data attributes of an object's class, shown as a group below the object's own attributes.
fn of_class(moment: &Moment<'_>, object: u64) -> Vec<Child> {
    let player = &moment.player;
    let class = attributes::class_of(player, object);
    // An attribute of the object hides the class's, so that no expression has the latter.
    let reached = |name: &str| match attributes::find(player, object, name, &mut Vec::new()) {
        Some(attributes::Found::Is { holder, .. }) => {
            holder != object && Some(holder) != attributes::apart(player, object)
        }
        _ => false,
    };
    let child = |(name, value, _): attributes::Member| Child {
        path: reached(&name).then(|| format!(".{name}")),
        name,
        value,
        indexed: false,
    };
    attributes::class_data(player, class).into_iter().map(child).collect()
}

/// The attributes of an object that also has contents.
fn own_attributes(moment: &Moment<'_>, object: u64) -> Vec<Child> {
    let child =
        |(name, value, _): attributes::Member| Child { path: Some(format!(".{name}")), name, value, indexed: false };
    attributes::apart_members(&moment.player, object).into_iter().map(child).collect()
}

/// The group for an object's class, as it is sent to the client.
fn class_group(session: &mut Session, moment: &Moment<'_>, object: u64) -> Option<Variable> {
    let count = of_class(moment, object).len();
    let class = attributes::class_of(&moment.player, object);
    (count > 0).then(|| Variable {
        name: "Class".into(),
        value: Renderer::new(&moment.player, LINE).text(&Recorded::Object(class)),
        type_: Some(String::new()),
        variables_reference: session.client.handles.number(Handle::Class(object)),
        named_variables: Some(count as i64),
        presentation_hint: Some(group_hint()),
        ..Variable::default()
    })
}

fn is_literal(key: &Recorded) -> bool {
    matches!(key, Recorded::Str(_) | Recorded::Int(_) | Recorded::Bool(_) | Recorded::None | Recorded::Bytes(_))
}

/// The object that holds a child of another object, and its key there, by the name sent to the client.
pub fn place_of(moment: &Moment<'_>, object: u64, name: &str) -> Option<(u64, Recorded)> {
    let entity = moment.player.entity(object)?;
    let kind = moment.player.type_name(entity.ty?)?.kind;
    if let (Kind::Class | Kind::Module, Some(attributes::Found::Is { holder, .. })) =
        (kind, attributes::find(&moment.player, object, name, &mut Vec::new()))
    {
        return Some((holder, text_value(name)));
    }
    if let Some(holder) = attributes::apart(&moment.player, object)
        && own_attributes(moment, object).iter().any(|child| child.name == name)
    {
        return Some((holder, text_value(name)));
    }
    key_of(moment, object, name).map(|key| (object, key))
}

/// The class that has an attribute of an object's class.
pub fn class_with(moment: &Moment<'_>, object: u64, name: &str) -> Option<u64> {
    let class = attributes::class_of(&moment.player, object);
    let found = attributes::class_data(&moment.player, class).into_iter().find(|(known, ..)| known == name);
    found.map(|(.., holder)| holder)
}

/// The key of an object's child, by the name sent to the client.
fn key_of(moment: &Moment<'_>, object: u64, name: &str) -> Option<Recorded> {
    let entity = moment.player.entity(object)?;
    let ty = moment.player.type_name(entity.ty?)?;
    match ty.kind {
        Kind::List | Kind::Tuple | Kind::Deque => name.parse().ok().map(Recorded::Int),
        Kind::Instance | Kind::NamedTuple | Kind::Class | Kind::Function => Some(text_value(name)),
        Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter | Kind::DefaultDict => {
            let from = usize::from(ty.kind == Kind::DefaultDict);
            let keys = entity.items.get(from..)?.iter().step_by(2);
            keys.into_iter().find(|key| Renderer::new(&moment.player, LINE).text(key) == name).cloned()
        }
        _ => None,
    }
}

/// The largest number of children that are searched for an object. The search runs whenever a tree is expanded.
const WAYS: usize = 10_000;

/// The shortest expression for an object in a frame; `None` if none was found.
fn way_to(session: &Session, moment: &Moment<'_>, frame: &StackFrame, wanted: u64) -> Option<String> {
    let returned = session.view.returned_to(moment.step.number, frame.frame).iter().cloned();
    let locals = moment.player.locals(frame).into_iter().filter(|(name, _)| !is_hidden(name) && !is_dunder(name));
    let mut found: VecDeque<(u64, String)> = VecDeque::new();
    let mut seen: FxHashSet<u64> = FxHashSet::default();
    let mut looks = 0;
    let mut note = |found: &mut VecDeque<(u64, String)>, value: &Recorded, way: &dyn Fn() -> String| {
        if let Recorded::Object(object) = value
            && seen.insert(*object)
        {
            found.push_back((*object, way()));
        }
    };
    moment.player.view_from(Some(*frame));
    for (name, value) in locals.chain(returned) {
        let value = contexts::behind(&moment.player, value);
        note(&mut found, &value, &|| name.clone());
    }
    // Breadth first, so that the shortest expression is found.
    while let Some((object, way)) = found.pop_front() {
        if object == wanted {
            return Some(way);
        }
        let mut children = of_object(moment, object).0;
        children.extend(of_class(moment, object));
        looks += children.len();
        if looks > WAYS {
            return None;
        }
        for child in children {
            if let Some(path) = &child.path {
                note(&mut found, &child.value, &|| format!("{way}{path}"));
            }
        }
    }
    None
}

/// The expression for a handle's value in the current frame; empty for scopes.
fn prefix_of(session: &Session, moment: &Moment<'_>, number: i64) -> Option<String> {
    match session.client.handles.get(number)? {
        Handle::Locals(_) | Handle::Closure(_) | Handle::Globals(..) => Some(String::new()),
        Handle::Object(object) | Handle::Class(object) => {
            let looked_at = session.client.looked_at.and_then(|frame| View::frame(moment, frame));
            way_to(session, moment, &looked_at.or(moment.step.frame)?, *object)
        }
        _ => None,
    }
}

/// The whole text of a value, for the clipboard.
pub fn whole(moment: &Moment<'_>, value: &Recorded) -> String {
    match value {
        Recorded::Str(text) => {
            let mut out = String::new();
            repr::str(&text.bytes, &mut out);
            if text.cut.is_some() {
                out.push('…');
            }
            out
        }
        Recorded::Bytes(_) => {
            Renderer::new(&moment.player, Bounds { string: usize::MAX, items: 0, depth: 0 }).text(value)
        }
        value => Renderer::new(&moment.player, Bounds { string: 1 << 20, items: 1 << 16, depth: 20 }).text(value),
    }
}
