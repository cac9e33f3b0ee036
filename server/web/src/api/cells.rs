//! The names of cells of a notebook: the files that they were compiled as have other ones.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::State;

use super::Answer;
use crate::Shared;

/// The number of names that are kept.
const KEPT: usize = 10_000;

/// The names of cells, by the paths of the files that they were compiled as.
#[derive(Default)]
pub struct Cells(Mutex<HashMap<String, String>>);

impl Cells {
    /// Learns names.
    fn learn(&self, names: HashMap<String, String>) {
        let mut known = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if known.len() + names.len() > KEPT {
            known.clear();
        }
        known.extend(names.into_iter().take(KEPT));
    }

    /// The name of a file's cell.
    pub fn name(&self, path: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).get(path).cloned()
    }
}

/// Whether a kernel compiled a cell as this file.
pub fn is_cell(path: &str) -> bool {
    let folder = Path::new(path).parent().and_then(Path::file_name);
    folder.is_some_and(|name| name.to_string_lossy().starts_with("ipykernel_"))
}

/// `POST /api/cells`: names of cells, by path.
pub async fn learn(State(shared): State<Arc<Shared>>, Json(names): Json<HashMap<String, String>>) -> Answer<()> {
    shared.cells.learn(names);
    Ok(Json(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_by_path_and_limited() {
        let cells = Cells::default();
        let names = |from: usize, to: usize| (from..to).map(|n| (format!("/t/{n}.py"), format!("In[{n}]"))).collect();
        cells.learn(names(1, 3));
        assert_eq!((cells.name("/t/2.py").as_deref(), cells.name("/t/3.py")), (Some("In[2]"), None));
        cells.learn(names(3, KEPT + 3));
        assert_eq!((cells.name("/t/2.py"), cells.name("/t/3.py").as_deref()), (None, Some("In[3]")));
        assert!(is_cell("/tmp/ipykernel_5/1324.py") && !is_cell("/p/main.py") && !is_cell("x"));
    }
}
