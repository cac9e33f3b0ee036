//! The browser viewer: travel through recordings in a browser, without an installation.
//!
//! A page is a client of the debug adapter: it speaks the Debug Adapter Protocol over a web socket ([`debug`]). It
//! requests data that this protocol cannot express (values beside the code, functions, search) by HTTP ([`api`]). Each
//! recording has a thread that reads it ([`recording_threads`]). Requests without the token, or from another page, are
//! refused ([`guard`]). Connections that send nothing are closed ([`connections`]).

mod api;
mod assets;
mod connections;
mod debug;
mod failure;
mod guard;
mod recording_threads;
pub mod report;

use std::io::{BufRead, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Router, middleware};
use connie_source::parse::STACK;

use connie_framing::Token;
use failure::Failure;
use recording_threads::{RecordingThreads, Threads};

/// The functions that the rest of connie provides to the viewer.
pub trait Host: Send + Sync + 'static {
    /// The recordings for the list, oldest first.
    fn recordings(&self) -> Vec<PathBuf>;

    /// Removes a recording.
    ///
    /// # Errors
    /// If it cannot be removed.
    fn remove(&self, path: &Path) -> std::io::Result<()>;

    /// Serves one client of the debug adapter until it leaves.
    fn debug(&self, input: Box<dyn BufRead + Send>, output: Box<dyn Write + Send>);
}

/// The state that all requests share.
struct Shared {
    host: Arc<dyn Host>,
    desks: RecordingThreads,
    comparing: Threads<api::compare::Comparing>,
    token: Token,
    /// The links of other programs that were not followed yet.
    invitations: api::invitations::Invitations,
    /// The names of cells of a notebook.
    cells: api::cells::Cells,
    /// The cached rows of finished recordings.
    rows: api::recordings::Rows,
    /// Recordings that were opened by path: they may be outside the project.
    opened: Mutex<Vec<PathBuf>>,
}

impl Shared {
    /// The recording with an id.
    ///
    /// # Errors
    /// If there is none.
    fn find(&self, id: &str) -> Result<PathBuf, Failure> {
        let is_it = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem.to_string_lossy() == id);
        let opened = self.opened.lock().unwrap_or_else(|e| e.into_inner());
        let found = opened.iter().rev().find(is_it).cloned();
        let found = found.or_else(|| self.host.recordings().iter().find(is_it).cloned());
        found.ok_or_else(|| Failure::NoRecording(id.to_owned()))
    }
}

/// A running viewer.
pub struct Viewer {
    address: SocketAddr,
    token: Token,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Viewer {
    /// Serves on a listener, in a new thread.
    ///
    /// # Errors
    /// If the system cannot give random bytes for a token, or cannot start a thread.
    pub fn start(listener: TcpListener, host: Arc<dyn Host>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let token = Token::random()?;
        let shared = Arc::new(Shared {
            host,
            token: token.clone(),
            invitations: Default::default(),
            desks: RecordingThreads::default(),
            comparing: Threads::default(),
            cells: Default::default(),
            rows: Default::default(),
            opened: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_stack_size(STACK).build()?;
        let router = router(Arc::clone(&shared), token.clone());
        let serving = std::thread::Builder::new().name("connie-web".into()).spawn(move || {
            runtime.block_on(async {
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    connections::serve(listener, router).await;
                }
            });
        })?;
        Ok(Self { address, token, shared, serving })
    }

    /// The address of the list of recordings. The token is in its fragment, which browsers never send.
    #[must_use]
    pub fn list(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token.reveal())
    }

    /// Registers a recording and returns its address, at a step if one is given.
    #[must_use]
    pub fn open(&self, path: &Path, step: Option<u64>) -> String {
        let id = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let mut opened = self.shared.opened.lock().unwrap_or_else(|e| e.into_inner());
        opened.retain(|known| known != path);
        opened.push(path.into());
        let step = step.map_or_else(String::new, |step| format!("&step={step}"));
        format!("http://{}/run/{}#token={}{step}", self.address, escaped(&id), self.token.reveal())
    }

    /// Waits until serving ends, which happens only if the system fails.
    pub fn wait(self) {
        let _ = self.serving.join();
    }
}

/// A part of a path, escaped for an address.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn router(shared: Arc<Shared>, token: Token) -> Router {
    let api = Router::new()
        .route("/api/recordings", get(api::recordings::list))
        .route("/api/recordings/{id}/delete", post(api::recordings::delete))
        .route("/api/invitations", post(api::invitations::make))
        .route("/api/cells", post(api::cells::learn))
        .route("/api/compare/{left}/{right}", get(api::compare::parted))
        .route("/api/compare/{left}/{right}/place", get(api::compare::place))
        .route("/api/compare/{left}/{right}/step", get(api::compare::step))
        .route("/api/compare/{left}/{right}/lines", get(api::compare::lines))
        .route("/api/compare/{left}/{right}/repeats", get(api::compare::repeats))
        .route("/api/run/{id}", get(api::run::summary))
        .route("/api/run/{id}/source/{number}", get(api::source::source))
        .route("/api/run/{id}/beside/{number}", get(api::beside::beside))
        .route("/api/run/{id}/functions", get(api::functions::profile))
        .route("/api/run/{id}/function/{code}", get(api::functions::one))
        .route("/api/run/{id}/flame", get(api::flame::flame))
        .route("/api/run/{id}/call", get(api::flame::call))
        .route("/api/run/{id}/calls", get(api::flame::calls))
        .route("/api/run/{id}/tree", get(api::flame::tree))
        .route("/api/run/{id}/story", get(api::story::story))
        .route("/api/run/{id}/actors", get(api::story::actors))
        .route("/api/run/{id}/why", get(api::answers::why))
        .route("/api/run/{id}/origin", get(api::answers::origin))
        .route("/api/run/{id}/whynot", get(api::answers::why_not))
        .route("/api/run/{id}/explain", get(api::answers::explain))
        .route("/api/run/{id}/trace", get(api::answers::trace))
        .route("/api/run/{id}/output", get(api::happened::output))
        .route("/api/run/{id}/exceptions", get(api::happened::exceptions))
        .route("/api/run/{id}/search", get(api::search::search))
        .route("/api/run/{id}/changed", get(api::values::changed))
        .route("/api/run/{id}/table/{object}", get(api::values::table))
        .route("/api/run/{id}/names/{object}", get(api::values::names))
        .route("/api/run/{id}/values", get(api::values::values))
        .route("/api/run/{id}/debug", any(debug::debug))
        .route_layer(middleware::from_fn_with_state(token, guard::check_token));
    // Pages and the files that they load are the same for everybody.
    Router::new()
        .route("/", get(|| async { assets::page("index.html") }))
        .route("/run/{id}", get(|| async { assets::page("run.html") }))
        .route("/compare/{left}/{right}", get(|| async { assets::page("compare.html") }))
        .route("/api/invitations/accept", post(api::invitations::accept))
        .route("/assets/{name}", get(assets::asset))
        .fallback(|headers: HeaderMap| async move {
            if guard::wants_page(&headers) { Failure::NoPage.page() } else { Failure::NoPage.into_response() }
        })
        .merge(api)
        .with_state(shared)
        .layer(middleware::from_fn(guard::check_place))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn ids_become_addresses() {
        assert_eq!(escaped("20261126-k3f9"), "20261126-k3f9");
        assert_eq!(escaped("a b/é"), "a%20b%2F%C3%A9");
    }
}
