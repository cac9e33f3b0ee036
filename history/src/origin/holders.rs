//! Where an object was before a line ran: in what the line's statement names, or in what these hold.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_recording::render::{Bounds, Renderer, World};
use connie_source::python::slice;
use connie_wire::{Contents, Value};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

use super::seen::Ran;
use super::{Lead, Site};
use crate::History;
use crate::moment::Moment;

/// Containers that are looked through, and items of each.
const MAX_CONTAINERS: usize = 200;
/// Levels of containers.
const DEEP: usize = 2;

impl History<'_> {
    /// A place that held an object before the line ran, among those that what `ran` names and what they hold. Only
    /// objects are the same one where they are equal.
    pub(super) fn held(&self, site: &Site, text: &str, ran: Ran<'_>, value: &Value) -> Result<Option<Lead>, Error> {
        if !matches!(value, Value::Object(_)) {
            return Ok(None);
        }
        let mut names = Names { found: Vec::new(), depth: 0 };
        match ran {
            Ran::Statement(statement) => names.visit_stmt(statement),
            Ran::Body(expr) => names.visit_expr(expr),
        }
        let moment = Moment::at(self.recording, site.line.step)?;
        let Some(frame) = Self::frame_at(&moment, site.line.frame) else { return Ok(None) };
        let scope = moment.scope(frame, self.globals_of(frame));
        let mut level: Vec<(String, u64)> = Vec::new();
        let mut texts = Vec::new();
        for expr in names.found {
            let shown = slice(text, expr);
            let Ok(parsed) = Expression::parse(shown) else { continue };
            let Ok(Got::Value(found)) = parsed.eval(&scope) else { continue };
            if found == *value {
                texts.push(shown.to_owned());
            } else if let Value::Object(object) = found {
                level.push((shown.to_owned(), object));
            }
        }
        let mut renderer = Renderer::new(&moment.player, Bounds { string: 200, items: 4, depth: 1 });
        for _ in 0..DEEP {
            let mut deeper = Vec::new();
            for (shown, object) in level.iter().take(MAX_CONTAINERS) {
                for (place, found) in items(&moment, &mut renderer, *object) {
                    let shown = format!("{shown}{place}");
                    match found {
                        found if found == *value => texts.push(shown),
                        Value::Object(object) => deeper.push((shown, object)),
                        _ => {}
                    }
                }
            }
            level = deeper;
        }
        for text in texts {
            if let Ok((lead, found)) = self.lead(&text, site.line.step, site.line.frame)?
                && found == *value
            {
                return Ok(Some(lead));
            }
        }
        Ok(None)
    }
}

/// What an object holds, with what stands behind its name for each.
fn items(moment: &Moment<'_>, renderer: &mut Renderer<'_>, object: u64) -> Vec<(String, Value)> {
    let Some(entity) = moment.player.entity(object) else { return Vec::new() };
    let Some(ty) = entity.ty.and_then(|ty| moment.player.type_name(ty)) else { return Vec::new() };
    let shape = ty.kind.shape();
    let all = shape.of(&entity.items);
    let pairs = || all.chunks_exact(2).take(MAX_CONTAINERS).map(|pair| (&pair[0], &pair[1]));
    match shape.contents {
        Contents::Positions => {
            all.iter().take(MAX_CONTAINERS).enumerate().map(|(n, value)| (format!("[{n}]"), value.clone())).collect()
        }
        Contents::Pairs => pairs().map(|(key, value)| (format!("[{}]", renderer.text(key)), value.clone())).collect(),
        Contents::Names => {
            let named = |(name, value): (&Value, &Value)| match name {
                Value::Str(name) => Some((format!(".{}", String::from_utf8_lossy(&name.bytes)), value.clone())),
                _ => None,
            };
            pairs().filter_map(named).collect()
        }
        _ => Vec::new(),
    }
}

/// The names, attributes and items that a statement has, the largest first; not those of statements within it.
struct Names<'s> {
    found: Vec<&'s Expr>,
    depth: u32,
}

impl<'s> Visitor<'s> for Names<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        // The body of a class runs with it.
        let own = u32::from(!stmt.is_class_def_stmt());
        if self.depth == 0 {
            self.depth += own;
            visitor::walk_stmt(self, stmt);
            self.depth -= own;
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => self.found.push(expr),
            Expr::Lambda(_) => return,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}
