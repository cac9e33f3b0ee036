//! Renders values as text by the rules of the public format (docs/replay-format.md).

use std::borrow::Cow;
use std::fmt::Write;

use connie_wire::{Contents, Kind, Value, Written, repr};

use crate::attributes::ClassView;
use crate::chunk::Entity;
use crate::contexts;
use crate::ints;
pub use crate::world::{Held, TypeName, World};

/// How much of a value is shown.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The maximum number of characters of a str, or bytes of bytes.
    pub string: usize,
    /// The maximum number of items of a container.
    pub items: usize,
    /// The maximum nesting depth of containers.
    pub depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { string: 4096, items: 1000, depth: 5 }
    }
}

/// Renders values of one step.
pub struct Renderer<'a> {
    world: &'a dyn World,
    bounds: Bounds,
    path: Vec<u64>,
    /// Whether sets are sorted by the texts of their items.
    sorted: bool,
    /// The number of further values that may be rendered.
    left: usize,
    /// Whether the current value is within an uncertain object.
    doubted: bool,
    /// Whether any value was uncertain.
    pub doubtful: bool,
    /// The rendered objects: the text stays the same as long as they do.
    pub seen: Vec<u64>,
}

/// How much deeper than containers values shown in one piece may be.
const WITHIN: usize = 2;

pub(crate) const CUT: &str = "…";
/// The mark behind contents that may be out of date: code that is not recorded ran since they were read.
pub const DOUBT: &str = "?";

impl<'a> Renderer<'a> {
    /// Creates a renderer for values of `world`.
    pub fn new(world: &'a dyn World, bounds: Bounds) -> Self {
        Self {
            world,
            bounds,
            path: Vec::new(),
            sorted: false,
            left: usize::MAX,
            doubted: false,
            doubtful: false,
            seen: Vec::new(),
        }
    }

    /// Creates a renderer without marks of doubt.
    pub fn bare(world: &'a dyn World, bounds: Bounds) -> Self {
        Self { doubted: true, ..Self::new(world, bounds) }
    }

    /// Whether sets are sorted by their items' texts.
    #[must_use]
    pub fn sorted(self, sorted: bool) -> Self {
        Self { sorted, ..self }
    }

    /// Limits the total number of values.
    #[must_use]
    pub fn limited(self, most: usize) -> Self {
        Self { left: most, ..self }
    }

    /// The text of a value.
    pub fn text(&mut self, value: &Value) -> String {
        let mut out = String::new();
        self.value(value, &mut out);
        out
    }

    /// Appends the text of a value.
    pub fn value(&mut self, value: &Value, out: &mut String) {
        let Some(left) = self.left.checked_sub(1) else { return out.push_str(CUT) };
        self.left = left;
        match value {
            Value::Unbound => out.push_str("<unbound>"),
            Value::None => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Value::BigInt(negative, magnitude) => out.push_str(&ints::text(*negative, magnitude)),
            Value::Float(bits) => repr::float(f64::from_bits(*bits), out),
            Value::Complex(real, imaginary) => repr::complex(f64::from_bits(*real), f64::from_bits(*imaginary), out),
            Value::Str(blob) => {
                let (bytes, cut) = first_points(&blob.bytes, self.bounds.string);
                repr::str(bytes, out);
                if cut || blob.cut.is_some() {
                    out.push_str(CUT);
                }
            }
            Value::Bytes(blob) => {
                let kept = &blob.bytes[..blob.bytes.len().min(self.bounds.string)];
                repr::bytes(kept, out);
                if kept.len() < blob.bytes.len() || blob.cut.is_some() {
                    out.push_str(CUT);
                }
            }
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Function(name) => self.named("function", *name, out),
            Value::Class(name) => self.named("class", *name, out),
            Value::Module(name) => self.named("module", *name, out),
            Value::Method(name) => self.named("method", *name, out),
            Value::Redacted(name) => self.named("redacted", *name, out),
            Value::Unknown(name) => {
                let _ = write!(out, "<{}>", self.world.string(*name));
            }
            Value::Cut => out.push_str(CUT),
            Value::Tuple(items) => {
                if self.path.len() >= self.bounds.depth {
                    return out.push_str(CUT);
                }
                self.path.push(0);
                self.sequence(items, items.len() as u64, "(", if items.len() == 1 { ",)" } else { ")" }, out);
                self.path.pop();
            }
            Value::Object(object) => self.object(*object, out),
        }
    }

    fn named(&self, what: &str, name: u32, out: &mut String) {
        let _ = write!(out, "<{what} {}>", self.world.string(name));
    }

    fn object(&mut self, object: u64, out: &mut String) {
        if self.path.contains(&object) {
            return out.push_str("...");
        }
        let Some(entity) = self.world.entity(object) else { return out.push_str(CUT) };
        self.seen.push(object);
        let held = self.world.held(object);
        if let Some(held) = &held
            && held.value != Value::Unbound
            && contexts::is_proxy(self.world, object)
        {
            self.path.push(object);
            self.held(held, out);
            self.path.pop();
            return;
        }
        let Some(ty) = entity.ty.and_then(|ty| self.world.type_name(ty)) else { return out.push_str(CUT) };
        match ty.kind {
            Kind::Opaque => {
                let _ = write!(out, "<{}>", ty.name);
                return;
            }
            // A scalar within the deepest container is shown; nesting of partials and slices must end somewhere.
            Kind::Template if self.path.len() >= self.bounds.depth + WITHIN => return out.push_str(CUT),
            Kind::Template | Kind::ByteArray => {}
            kind if kind.is_named() => {
                return match entity.items.first() {
                    Some(name) => self.value(name, out),
                    None => out.push_str(CUT),
                };
            }
            _ if self.path.len() >= self.bounds.depth || entity.items.is_empty() && entity.length > 0 => {
                return out.push_str(CUT);
            }
            _ => {}
        }
        let doubt = !self.doubted && self.world.in_doubt(object);
        self.doubted |= doubt;
        self.path.push(object);
        self.contents(&entity, ty, out);
        if let Some(held) = held.filter(|_| ty.kind == Kind::Template && out.pop() == Some('>')) {
            out.push_str(if held.value == Value::Unbound { " unset" } else { " value=" });
            self.held(&held, out);
            out.push('>');
        }
        self.path.pop();
        if doubt {
            self.doubted = false;
            self.doubtful = true;
            out.push_str(DOUBT);
        }
    }

    /// What a context variable holds, or a proxy stands for.
    fn held(&mut self, held: &Held, out: &mut String) {
        if held.value != Value::Unbound {
            self.value(&held.value, out);
        }
        if held.is_doubtful && !self.doubted {
            self.doubtful = true;
            out.push_str(DOUBT);
        }
    }

    /// The current name of a type.
    fn name_of<'t>(&mut self, ty: &'t TypeName) -> Cow<'t, str> {
        if ty.class != 0
            && self.world.is_renamed(ty.class)
            && let Some(class) = ClassView::of(self.world, ty.class)
        {
            self.seen.push(ty.class);
            return Cow::Owned(class.name(self.world).to_owned());
        }
        Cow::Borrowed(&ty.name)
    }

    fn contents(&mut self, entity: &Entity, ty: &TypeName, out: &mut String) {
        let length = entity.length;
        let qualified = self.name_of(ty);
        let name = qualified.rsplit('.').next().unwrap_or(&qualified);
        match ty.kind.shape().written {
            Written::Named(..) if length == 0 => {
                let _ = write!(out, "{name}()");
            }
            Written::Plain(open, close) => self.between(entity, ty.kind, open, close, out),
            Written::Named(open, close) => self.between(entity, ty.kind, &format!("{name}{open}"), close, out),
            Written::Own => self.own_way(entity, ty, &qualified, out),
        }
    }

    /// The contents of a type that is written between brackets.
    fn between(&mut self, entity: &Entity, kind: Kind, open: &str, close: &str, out: &mut String) {
        let (shape, length) = (kind.shape(), entity.length.saturating_sub(kind.shape().before as u64));
        let items = shape.of(&entity.items);
        match shape.contents {
            Contents::Members => self.set(items, length, open, close, out),
            Contents::Pairs => self.pairs(items, length, open, close, out),
            Contents::Names => {
                out.push_str(open);
                self.attributes(items, length, ", ", out);
                out.push_str(close);
            }
            Contents::Positions | Contents::Arguments => self.sequence(items, length, open, close, out),
            Contents::Text | Contents::Whole | Contents::Nothing => {}
        }
    }

    /// The contents of a type with a special notation. `qualified` is its current name.
    fn own_way(&mut self, entity: &Entity, ty: &TypeName, qualified: &str, out: &mut String) {
        let (items, length) = (entity.items.as_slice(), entity.length);
        let name = qualified.rsplit('.').next().unwrap_or(qualified);
        match ty.kind {
            Kind::Tuple => self.sequence(items, length, "(", if length == 1 { ",)" } else { ")" }, out),
            Kind::Set => {
                let is_plain = ty.name == "set" && ty.module == "builtins";
                self.set_of(items, length, (!is_plain).then_some(name), out);
            }
            Kind::DefaultDict => self.default_dict(items, length, name, out),
            Kind::OrderedDict | Kind::Counter if length == 0 => {
                let _ = write!(out, "{name}()");
            }
            Kind::OrderedDict if self.world.minor() < 12 => self.pairs_as_tuples(items, length, name, out),
            Kind::OrderedDict => self.pairs(items, length, &format!("{name}({{"), "})", out),
            Kind::Counter => self.pairs(&by_count(items), length, &format!("{name}({{"), "})", out),
            Kind::Deque => self.deque(items, length, name, out),
            Kind::NamedTuple => {
                let _ = write!(out, "{name}(");
                self.attributes(items, length, ", ", out);
                out.push(')');
            }
            Kind::Instance => {
                let _ = write!(out, "<{qualified}");
                if !items.is_empty() {
                    out.push(' ');
                    self.attributes(items, length, " ", out);
                }
                out.push('>');
            }
            Kind::ByteArray => {
                let _ = write!(out, "{name}(");
                if let Some(value) = items.first() {
                    self.value(value, out);
                }
                out.push(')');
            }
            Kind::Array => self.array(items, length, name, out),
            // Too deep to be read; from before templates were always read.
            Kind::Template if items.is_empty() => out.push_str(CUT),
            // It has what recorded code has met of it, which is not all.
            Kind::Template if contexts::is_context(ty) => out.push_str("<Context>"),
            Kind::Template => self.template(items, out),
            // These are written between brackets.
            Kind::List | Kind::Frozenset | Kind::Dict | Kind::Exception | Kind::FrozenDict => {}
            // These are written by their name.
            Kind::Opaque | Kind::Class | Kind::Function | Kind::Module => {}
        }
    }

    /// Renders a set; `name` is given if it is not the built-in one.
    fn set_of(&mut self, items: &[Value], length: u64, name: Option<&str>, out: &mut String) {
        match name {
            None if length == 0 => out.push_str("set()"),
            None => self.set(items, length, "{", "}", out),
            Some(name) => {
                out.push_str(name);
                if length == 0 {
                    out.push_str("()");
                } else {
                    self.set(items, length, "({", "})", out);
                }
            }
        }
    }

    fn default_dict(&mut self, items: &[Value], length: u64, name: &str, out: &mut String) {
        let _ = write!(out, "{name}(");
        if let Some((factory, rest)) = items.split_first() {
            self.value(factory, out);
            out.push_str(", ");
            self.pairs(rest, length.saturating_sub(1), "{", "}", out);
        }
        out.push(')');
    }

    fn pairs_as_tuples(&mut self, items: &[Value], length: u64, name: &str, out: &mut String) {
        let _ = write!(out, "{name}([");
        let shown = (items.len() / 2).min(self.bounds.items);
        for (n, pair) in items.chunks_exact(2).take(shown).enumerate() {
            out.push_str(if n == 0 { "(" } else { ", (" });
            self.value(&pair[0], out);
            out.push_str(", ");
            self.value(&pair[1], out);
            out.push(')');
        }
        out.push_str(if (shown as u64) < length / 2 { ", …])" } else { "])" });
    }

    fn deque(&mut self, items: &[Value], length: u64, name: &str, out: &mut String) {
        let (maxlen, rest) = items.split_first().map_or((&Value::None, items), |(first, rest)| (first, rest));
        self.sequence(rest, length.saturating_sub(1), &format!("{name}(["), "]", out);
        if let Value::Int(maxlen) = maxlen {
            let _ = write!(out, ", maxlen={maxlen}");
        }
        out.push(')');
    }

    fn template(&mut self, items: &[Value], out: &mut String) {
        for (n, item) in items.iter().enumerate() {
            match item {
                Value::Str(text) if n % 2 == 0 => out.push_str(&String::from_utf8_lossy(&text.bytes)),
                _ => self.value(item, out),
            }
        }
    }

    fn sequence(&mut self, items: &[Value], length: u64, open: &str, close: &str, out: &mut String) {
        out.push_str(open);
        let shown = items.len().min(self.bounds.items);
        for (n, item) in items[..shown].iter().enumerate() {
            if n > 0 {
                out.push_str(", ");
            }
            self.value(item, out);
        }
        if (shown as u64) < length {
            out.push_str(if shown > 0 { ", …" } else { CUT });
        }
        out.push_str(close);
    }

    fn set(&mut self, items: &[Value], length: u64, open: &str, close: &str, out: &mut String) {
        if !self.sorted {
            return self.sequence(items, length, open, close, out);
        }
        let mut texts: Vec<String> = items.iter().map(|item| self.text(item)).collect();
        texts.sort_unstable();
        texts.truncate(self.bounds.items);
        let cut = if (texts.len() as u64) < length { ", …" } else { "" };
        let _ = write!(out, "{open}{}{cut}{close}", texts.join(", "));
    }

    fn pairs(&mut self, items: &[Value], length: u64, open: &str, close: &str, out: &mut String) {
        out.push_str(open);
        let shown = (items.len() / 2).min(self.bounds.items);
        for (n, pair) in items.chunks_exact(2).take(shown).enumerate() {
            if n > 0 {
                out.push_str(", ");
            }
            self.value(&pair[0], out);
            out.push_str(": ");
            self.value(&pair[1], out);
        }
        if (shown as u64) < length / 2 {
            out.push_str(if shown > 0 { ", …" } else { CUT });
        }
        out.push_str(close);
    }

    fn attributes(&mut self, items: &[Value], length: u64, separator: &str, out: &mut String) {
        let shown = (items.len() / 2).min(self.bounds.items);
        for (n, pair) in items.chunks_exact(2).take(shown).enumerate() {
            if n > 0 {
                out.push_str(separator);
            }
            match &pair[0] {
                Value::Str(name) => out.push_str(&String::from_utf8_lossy(&name.bytes)),
                other => self.value(other, out),
            }
            out.push('=');
            self.value(&pair[1], out);
        }
        if (shown as u64) < length / 2 {
            out.push_str(separator);
            out.push_str(CUT);
        }
    }

    fn array(&mut self, items: &[Value], length: u64, name: &str, out: &mut String) {
        let _ = write!(out, "{name}(");
        let Some((code, rest)) = items.split_first() else { return out.push(')') };
        self.value(code, out);
        if length > 1 {
            out.push_str(", ");
            if matches!(rest.first(), Some(Value::Str(_))) {
                let text: Vec<u8> = rest
                    .iter()
                    .flat_map(|item| if let Value::Str(c) = item { c.bytes.to_vec() } else { vec![] })
                    .collect();
                repr::str(&text, out);
            } else {
                self.sequence(rest, length.saturating_sub(1), "[", "]", out);
            }
        }
        out.push(')');
    }
}

/// The pairs of a Counter, most common first, as its repr sorts them.
fn by_count(items: &[Value]) -> Vec<Value> {
    let count = |value: &Value| match value {
        Value::Int(n) => Some(*n as f64),
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::Float(bits) => Some(f64::from_bits(*bits)),
        _ => None,
    };
    let mut pairs: Vec<&[Value]> = items.chunks_exact(2).collect();
    if pairs.iter().all(|pair| count(&pair[1]).is_some()) {
        pairs.sort_by(|a, b| count(&b[1]).partial_cmp(&count(&a[1])).unwrap_or(std::cmp::Ordering::Equal));
    }
    pairs.concat()
}

/// The first `limit` code points of WTF-8, and whether there are more.
fn first_points(bytes: &[u8], limit: usize) -> (&[u8], bool) {
    if bytes.len() <= limit {
        return (bytes, false);
    }
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80);
    match starts.map(|(n, _)| n).nth(limit) {
        Some(end) => (&bytes[..end], true),
        None => (bytes, false),
    }
}
