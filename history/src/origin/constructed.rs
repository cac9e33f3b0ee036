//! From an attribute that a generated constructor set to the argument of the call, or to the field's default: dataclasses
//! and named tuples.

use connie_recording::error::Error;
use connie_recording::render::{TypeName, World};
use connie_source::python::{Statements, called_name, slice};
use connie_wire::{Kind, Value};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::given::{Given, Item};
use super::passed::{From, by_keyword, by_position, literal};
use super::seen::{Ran, Seen};
use super::{Lead, Next, Site};
use crate::History;
use crate::moment::Moment;
use crate::signature;
use crate::target::Target;

/// Bases that have no fields.
const PLAIN: [&str; 6] = ["object", "Generic", "Protocol", "ABC", "NamedTuple", "Exception"];
/// Functions that make an object of another one of its class.
const COPIES: [&str; 5] = ["replace", "_replace", "copy", "deepcopy", "__replace__"];
/// Bases above each other that are looked at.
const DEEP: usize = 8;

/// A field of a class.
struct Field {
    name: String,
    default: Option<Default>,
}

/// What a field has if nothing is passed for it.
struct Default {
    /// Where it stands, and its text.
    shown: String,
    /// Its text, if it means the same anywhere.
    literal: Option<String>,
}

impl History<'_> {
    /// What the only call of a statement that makes objects of a class passed for an attribute; nothing where its
    /// constructor is not generated, or the arguments do not tell.
    pub(super) fn through_constructor(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        (lead, statement): (&Lead, &Stmt),
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let Target::Item { object, key: Value::Str(name) } = &lead.place.target else { return Ok(None) };
        let name = String::from_utf8_lossy(&name.bytes);
        let moment = Moment::at(self.recording, site.seen)?;
        let Some(entity) = moment.player.entity(*object) else { return Ok(None) };
        let Some(ty) = entity.ty.and_then(|ty| self.recording.type_name(ty)) else { return Ok(None) };
        let fields = match ty.kind {
            Kind::Instance => self.fields(&ty.name, DEEP),
            // Its fields are known; their defaults only if it is written as a class.
            Kind::NamedTuple => self.fields(&ty.name, DEEP).filter(|fields| !fields.is_empty()).or_else(|| {
                let known = entity.items.chunks_exact(2).map(|pair| match &pair[0] {
                    Value::Str(name) => {
                        Some(Field { name: String::from_utf8_lossy(&name.bytes).into(), default: None })
                    }
                    _ => None,
                });
                known.collect()
            }),
            _ => None,
        };
        let Some(fields) = fields else { return Ok(None) };
        let Some(place) = fields.iter().position(|field| field.name == name) else { return Ok(None) };
        let ran = Ran::Statement(statement);
        let seen = Seen::at(self, statements.text, site.line.frame, &[site.line.step], &[ran])?;
        let Some(call) = self.only_call(statements, statement, ty) else { return Ok(None) };
        let given = match by_position(call.arguments.args.iter(), place, &seen) {
            Some(From::Expr(expr)) => Given { values: vec![(expr, Item::Whole)], ..Given::default() },
            Some(From::Item(text)) => Given { texts: vec![text], ..Given::default() },
            Some(_) => return Ok(None),
            None => match by_keyword(call.arguments.keywords.iter(), &name, &seen) {
                From::Expr(expr) => Given { values: vec![(expr, Item::Whole)], ..Given::default() },
                From::Unknown(spread) if spread.is_empty() => {
                    let default = fields[place].default.as_ref().filter(|default| {
                        let is_it = default.literal.as_ref().map(|text| seen.has_text(text, value));
                        is_it.flatten() != Some(false)
                    });
                    return Ok(default
                        .map(|default| Next::end(format!("it is the default of {name}, made at {}", default.shown))));
                }
                _ => return Ok(None),
            },
        };
        let is_other = given.values.iter().any(|(expr, _)| seen.has(expr, value) == Some(false));
        if is_other {
            return Ok(None);
        }
        self.back(site, statements, ran, &given, value).map(Some)
    }

    /// The only call of a statement that makes objects of a class, if nothing copies one there.
    fn only_call<'s>(
        &self,
        statements: &'s Statements<'_>,
        statement: &'s Stmt,
        ty: &TypeName,
    ) -> Option<&'s ExprCall> {
        let calls = statements.calls(statement);
        if calls.iter().any(|call| called_name(call).is_some_and(|name| COPIES.contains(&name))) {
            return None;
        }
        let mut makes = calls
            .into_iter()
            .filter(|call| matches!(called_name(call), Some(name) if name == ty.short() || name == "cls"));
        makes.next().filter(|_| makes.next().is_none())
    }

    /// The fields of a class whose constructor sets them to its arguments, in their order; `None` if that is not known.
    fn fields(&self, class: &str, deep: usize) -> Option<Vec<Field>> {
        let short = class.rsplit('.').next().unwrap_or(class);
        let head = format!("class {short}");
        let texts =
            self.recording.sources.iter().zip(0u32..).filter_map(|(source, n)| Some((n, source.text.as_deref()?)));
        let mut found: Option<Vec<Field>> = None;
        for (source, text) in texts.filter(|(_, text)| text.contains(&head)) {
            let statements = Statements::of(text)?;
            let mut classes = Classes { name: short, found: Vec::new() };
            classes.visit_body(statements.body());
            match classes.found.as_slice() {
                [] => {}
                // Which one of several it is, is not known.
                [class] if found.is_none() => found = Some(self.fields_of(class, (source, text), deep)?),
                _ => return None,
            }
        }
        found
    }

    fn fields_of(&self, class: &StmtClassDef, (source, text): (u32, &str), deep: usize) -> Option<Vec<Field>> {
        let known = signature::read(class);
        let is_tuple = known.bases.iter().any(|base| base.rsplit('.').next() == Some("NamedTuple"));
        if known.has_constructor || known.is_dataclass && !known.is_simple || deep == 0 {
            return None;
        }
        let mut fields: Vec<Field> = Vec::new();
        for base in known.bases.iter().rev().map(|base| base.rsplit('.').next().unwrap_or(base)) {
            if !PLAIN.contains(&base) {
                fields.extend(self.fields(base, deep - 1)?);
            }
        }
        if !known.is_dataclass && !is_tuple {
            return Some(fields);
        }
        let line = |at: usize| text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
        for stmt in &class.body {
            let Stmt::AnnAssign(field) = stmt else { continue };
            let Expr::Name(name) = &*field.target else { continue };
            if slice(text, &*field.annotation).contains("ClassVar") {
                continue;
            }
            let default = field.value.as_deref();
            let call = default.and_then(|value| value.as_call_expr()).filter(|call| called_name(call) == Some("field"));
            if call.is_some_and(|call| call.arguments.find_keyword("kw_only").is_some()) {
                return None;
            }
            let default = match call {
                Some(call) => {
                    let of = |name| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
                    of("default").or_else(|| of("default_factory").and(default))
                }
                None => default,
            };
            let default = default.map(|expr| Default {
                shown: format!(
                    "line {} of {}: {}",
                    line(usize::from(expr.start())),
                    self.recording.short(source),
                    slice(text, expr)
                ),
                literal: literal(expr),
            });
            let field = Field { name: name.id.to_string(), default };
            match fields.iter_mut().find(|known| known.name == field.name) {
                Some(known) => *known = field,
                None => fields.push(field),
            }
        }
        Some(fields)
    }
}

/// Collects the classes of a name.
struct Classes<'n, 's> {
    name: &'n str,
    found: Vec<&'s StmtClassDef>,
}

impl<'s> Visitor<'s> for Classes<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if let Stmt::ClassDef(class) = stmt
            && class.name.as_str() == self.name
        {
            self.found.push(class);
        }
        visitor::walk_stmt(self, stmt);
    }
}
