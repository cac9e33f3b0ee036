//! Implements the tables as virtual tables of SQLite.

use std::ffi::c_int;
use std::rc::Rc;

use rusqlite::ffi;
use rusqlite::types::Value;
use rusqlite::vtab::{
    Context, Filters, IndexConstraintOp, IndexInfo, VTab, VTabConfig, VTabConnection, VTabCursor, eponymous_only_module,
};
use rusqlite::{Connection, Error, Result};

use crate::filter::{Comparison, Filter};
use crate::row::Row;
use crate::run::Run;
use crate::table::{Column, Scan, Table};

type Runs = Rc<[Rc<Run>]>;

/// Registers a table under its name.
pub fn create(connection: &Connection, table: &'static Table, runs: &Runs) -> Result<()> {
    connection.create_module(table.name, eponymous_only_module::<Virtual>(), Some((table, Rc::clone(runs))))
}

/// A table of the given recordings.
#[repr(C)]
struct Virtual {
    /// Has to be first.
    base: ffi::sqlite3_vtab,
    table: &'static Table,
    runs: Runs,
}

/// The comparison for a constraint of SQLite, with the letter that encodes it in the plan.
fn comparison(op: IndexConstraintOp) -> Option<(char, Comparison)> {
    use IndexConstraintOp::{
        SQLITE_INDEX_CONSTRAINT_EQ, SQLITE_INDEX_CONSTRAINT_GE, SQLITE_INDEX_CONSTRAINT_GT, SQLITE_INDEX_CONSTRAINT_LE,
        SQLITE_INDEX_CONSTRAINT_LT,
    };
    match op {
        SQLITE_INDEX_CONSTRAINT_EQ => Some(('=', Comparison::Equal)),
        SQLITE_INDEX_CONSTRAINT_GT | SQLITE_INDEX_CONSTRAINT_GE => Some(('>', Comparison::AtLeast)),
        SQLITE_INDEX_CONSTRAINT_LT | SQLITE_INDEX_CONSTRAINT_LE => Some(('<', Comparison::AtMost)),
        _ => None,
    }
}

/// The conditions of a plan: `<column><sign>` for each, separated by spaces.
fn conditions(plan: &str) -> impl Iterator<Item = (usize, Comparison)> {
    plan.split_whitespace().filter_map(|part| {
        let (column, sign) = part.split_at(part.len().saturating_sub(1));
        let how = match sign {
            "=" => Comparison::Equal,
            ">" => Comparison::AtLeast,
            _ => Comparison::AtMost,
        };
        Some((column.parse().ok()?, how))
    })
}

// SAFETY: the struct is `repr(C)`, and its first field is `sqlite3_vtab`.
unsafe impl<'vtab> VTab<'vtab> for Virtual {
    type Aux = (&'static Table, Runs);
    type Cursor = Cursor;

    fn connect(db: &mut VTabConnection, aux: Option<&Self::Aux>, _: &[&[u8]]) -> Result<(String, Self)> {
        let (table, runs) = aux.ok_or_else(|| Error::ModuleError("a table without recordings".to_owned()))?;
        db.config(VTabConfig::Innocuous)?;
        Ok((table.schema(), Self { base: ffi::sqlite3_vtab::default(), table, runs: Rc::clone(runs) }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<()> {
        let mut plan = String::new();
        let mut cost = self.runs.iter().map(|run| (self.table.size)(run)).sum::<u64>().max(1) as f64;
        let mut arguments = 0;
        let is_exact = |n| info.collation(n).is_ok_and(|name| name.eq_ignore_ascii_case("BINARY"));
        let exact: Vec<bool> = (0..info.constraints().count()).map(is_exact).collect();
        for (n, (constraint, mut usage)) in info.constraints_and_usages().enumerate() {
            let Ok(column) = usize::try_from(constraint.column()) else { continue };
            // Other collations treat more texts as equal than a table does.
            let is_usable = |column: &Column| column.narrows && (exact[n] || column.kind != "TEXT");
            let narrows = self.table.columns.get(column).is_some_and(is_usable);
            let Some((sign, how)) = comparison(constraint.operator()).filter(|_| narrows && constraint.is_usable())
            else {
                continue;
            };
            arguments += 1;
            usage.set_argv_index(arguments);
            plan.push_str(&format!("{column}{sign} "));
            cost /= if how == Comparison::Equal { 20.0 } else { 3.0 };
        }
        info.set_estimated_cost(cost.max(1.0));
        info.set_estimated_rows(cost.max(1.0) as i64);
        info.set_idx_str(&plan);
        // All columns fit: a table has fewer than 31.
        info.set_idx_num((info.col_used() & 0x7fff_ffff) as c_int);
        Ok(())
    }

    fn open(&'vtab mut self) -> Result<Cursor> {
        Ok(Cursor {
            base: ffi::sqlite3_vtab_cursor::default(),
            table: self.table,
            runs: Rc::clone(&self.runs),
            filter: Filter::default(),
            next_run: 0,
            scan: None,
            rows: Vec::new(),
            at: 0,
            read: 0,
        })
    }
}

/// The state of reading a table in one query.
#[repr(C)]
struct Cursor {
    /// Has to be first.
    base: ffi::sqlite3_vtab_cursor,
    table: &'static Table,
    runs: Runs,
    filter: Filter,
    /// The index of the recording after the current one.
    next_run: usize,
    scan: Option<Box<dyn Scan>>,
    rows: Vec<Row>,
    at: usize,
    /// The number of rows of earlier pages.
    read: i64,
}

impl Cursor {
    /// Reads pages until there is a row, or no page is left.
    fn fill(&mut self) -> Result<()> {
        self.read += self.rows.len() as i64;
        self.rows.clear();
        self.at = 0;
        while self.rows.is_empty() {
            if self.scan.is_none() {
                let Some(run) = self.runs.get(self.next_run) else { return Ok(()) };
                self.next_run += 1;
                if !self.filter.allows_text(0, &run.recording.info.id) {
                    continue;
                }
                self.scan = Some((self.table.scan)(run, &self.filter));
            }
            let run = &self.runs[self.next_run - 1];
            let Some(scan) = &mut self.scan else { return Ok(()) };
            let more =
                scan.page(run, &self.filter, &mut self.rows).map_err(|error| Error::ModuleError(error.to_string()))?;
            if !more {
                self.scan = None;
            }
        }
        Ok(())
    }
}

// SAFETY: the struct is `repr(C)`, and its first field is `sqlite3_vtab_cursor`.
unsafe impl VTabCursor for Cursor {
    fn filter(&mut self, used: c_int, plan: Option<&str>, arguments: &Filters<'_>) -> Result<()> {
        let found = conditions(plan.unwrap_or_default()).zip(arguments.iter());
        let found = found.map(|((column, how), value)| (column, how, Value::from(value))).collect();
        self.filter = Filter::new(found, u64::from(used.unsigned_abs()));
        self.next_run = 0;
        self.scan = None;
        self.rows.clear();
        self.read = 0;
        self.fill()
    }

    fn next(&mut self) -> Result<()> {
        self.at += 1;
        if self.at >= self.rows.len() { self.fill() } else { Ok(()) }
    }

    fn eof(&self) -> bool {
        self.at >= self.rows.len()
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let column = column as usize;
        if column == 0 {
            let run = self.next_run.checked_sub(1).and_then(|n| self.runs.get(n));
            return context.set_result(&run.map(|run| run.recording.info.id.as_str()));
        }
        let cell = self.rows.get(self.at).and_then(|row| row.get(column - 1));
        context.set_result(&cell.unwrap_or(&Value::Null))
    }

    fn rowid(&self) -> Result<i64> {
        Ok(self.read + self.at as i64)
    }
}
