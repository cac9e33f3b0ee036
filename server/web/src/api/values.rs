//! Values: what changed at a step, tables, the names of an object, and where a value was.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_history::occurrences::{self, Occurrence};
use connie_history::{aliases, changed, table};
use connie_recording::player::Player;
use serde::{Deserialize, Serialize};

use super::story::cut;
use super::{Answer, ask, ask_long};
use crate::Shared;
use crate::failure::Failure;

/// The maximum number of names of an object.
const MAX_NAMES: usize = 30;
/// The maximum number of places of a value.
const MAX_PLACES: usize = 100;

/// A moment.
#[derive(Deserialize)]
pub struct At {
    step: u64,
}

/// `GET /api/run/{id}/changed`
#[derive(Serialize)]
pub struct Changed {
    frame: u64,
    /// Names, and texts before.
    variables: Vec<(String, Option<String>)>,
}

/// `GET /api/run/{id}/changed?step=…`: the variables that changed at a step.
pub async fn changed(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(At { step }): Query<At>,
) -> Answer<Changed> {
    ask(&shared, &id, move |loaded| {
        let found = changed::at(&loaded.history(), step)?;
        let variables = found.variables.into_iter().map(|(name, old)| (name, old.map(cut))).collect();
        Ok(Changed { frame: found.frame, variables })
    })
    .await
}

/// A part of a table.
#[derive(Deserialize)]
pub struct Part {
    step: u64,
    #[serde(default)]
    row: u64,
    #[serde(default)]
    column: u64,
}

/// `GET /api/run/{id}/table/{object}`
#[derive(Serialize)]
pub struct Table {
    shape: Vec<u64>,
    rows: u64,
    row: u64,
    columns: u64,
    column: u64,
    /// Names and types of the columns.
    heads: Vec<(String, String)>,
    /// Labels and cells; a cell that there is not is `null`.
    body: Vec<(String, Vec<Option<String>>)>,
}

impl From<table::Table> for Table {
    fn from(table: table::Table) -> Self {
        Self {
            shape: table.shape,
            rows: table.rows,
            row: table.first_row,
            columns: table.columns,
            column: table.first_column,
            heads: table.heads.into_iter().map(|head| (cut(head.name), head.dtype)).collect(),
            body: table.body.into_iter().map(|row| (cut(row.label), row.cells)).collect(),
        }
    }
}

/// `GET /api/run/{id}/table/{object}?step=…&row=…&column=…`: a part of an object as a table; `null` if it is none.
pub async fn table(
    State(shared): State<Arc<Shared>>,
    Path((id, object)): Path<(String, u64)>,
    Query(Part { step, row, column }): Query<Part>,
) -> Answer<Option<Table>> {
    ask(&shared, &id, move |loaded| {
        let (player, _) = Player::at(&loaded.recording, step)?;
        Ok(table::of(&player, object, (row, column)).map(Table::from))
    })
    .await
}

/// A name of an object.
#[derive(Serialize)]
pub struct Name {
    frame: Option<u64>,
    function: String,
    expression: String,
}

/// `GET /api/run/{id}/names/{object}?step=…`: the names under which an object can be reached.
pub async fn names(
    State(shared): State<Arc<Shared>>,
    Path((id, object)): Path<(String, u64)>,
    Query(At { step }): Query<At>,
) -> Answer<Vec<Name>> {
    ask(&shared, &id, move |loaded| {
        let (player, _) = Player::at(&loaded.recording, step)?;
        let found = aliases::of(&player, object, MAX_NAMES).into_iter();
        let name =
            |one: aliases::Alias| Name { frame: one.frame, function: one.function, expression: cut(one.expression) };
        Ok(found.map(name).collect())
    })
    .await
}

/// A value that is looked for.
#[derive(Deserialize)]
pub struct Asked {
    q: String,
    #[serde(default)]
    after: u64,
}

/// A place that held a value.
#[derive(Serialize)]
pub struct Place {
    step: u64,
    what: String,
    function: String,
}

/// `GET /api/run/{id}/values`
#[derive(Serialize)]
pub struct Places {
    found: Vec<Place>,
    /// The step after which there may be more.
    next: Option<u64>,
}

/// `GET /api/run/{id}/values?q=…&after=…`: the variables, containers, calls and returns that held a value: a Python literal,
/// else a text.
pub async fn values(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(Asked { q, after }): Query<Asked>,
) -> Answer<Places> {
    ask_long(&shared, &id, move |loaded| {
        if q.trim().is_empty() {
            return Err(Failure::Question("say which value is looked for".into()));
        }
        let is_stopped = || loaded.timeline.is_interrupted();
        let page = occurrences::of_scalar(&loaded.recording, &occurrences::scalar(&q), after, MAX_PLACES, &is_stopped)?;
        let place = |one: Occurrence| Place { step: one.step, what: cut(one.what), function: one.function };
        Ok(Places { found: page.found.into_iter().map(place).collect(), next: page.next })
    })
    .await
}
