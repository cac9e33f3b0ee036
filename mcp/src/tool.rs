//! The definition of a tool: its name and description, typed arguments, and a typed answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use connie_history::loaded::Loaded;
use rmcp::model::{JsonObject, ToolAnnotations};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{Answer, Recorded, WriteLines};
use crate::arguments;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::stop::Stop;
use crate::store::{Store, id};

/// The name and description of a tool.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name.
    pub name: &'static str,
    /// Its title, for people.
    pub title: &'static str,
    /// What it answers, and when to use it.
    pub description: &'static str,
    /// Whether it only reads.
    pub reads_only: bool,
}

/// A question about one recording. It runs in the thread of the recording.
pub trait Question: 'static {
    /// Its name and description.
    const ABOUT: About;
    /// Its arguments.
    type Input: DeserializeOwned + JsonSchema + Send + 'static;
    /// Its answer.
    type Output: Serialize + JsonSchema + WriteLines + Send + 'static;
    /// The recording that the arguments name.
    fn recording(input: &Self::Input) -> Option<&str>;
    /// Gives the arguments what a question about more than one recording needs: it can use those that the client can
    /// name, and no others.
    ///
    /// # Errors
    /// If the recordings cannot be listed.
    fn among(_input: &mut Self::Input, _store: &Store) -> Result<(), Refusal> {
        Ok(())
    }
    /// Computes the answer.
    ///
    /// # Errors
    /// If there is no answer.
    fn answer(input: Self::Input, loaded: &mut Loaded, stop: &Stop) -> Result<Answer<Self::Output>, Refusal>;
}

/// A tool that is not about one recording. It runs in a thread that may block.
pub trait Action: 'static {
    /// Its name and description.
    const ABOUT: About;
    /// Its arguments.
    type Input: DeserializeOwned + JsonSchema + Send + 'static;
    /// Its result.
    type Output: Serialize + JsonSchema + WriteLines + Send + 'static;
    /// Runs it.
    ///
    /// # Errors
    /// If it fails.
    fn act(input: Self::Input, store: &Store, stop: &Stop) -> Result<Answer<Self::Output>, Refusal>;
}

/// An answer in the form that is sent.
pub struct Sent {
    /// For clients that read structured answers.
    pub structured: serde_json::Value,
    /// For clients that do not.
    pub text: String,
}

type Sending = Pin<Box<dyn Future<Output = Result<Sent, Refusal>> + Send>>;

/// A tool as the server calls it.
pub struct Tool {
    /// Its name and description.
    pub about: About,
    /// The schemas of its arguments and its answer.
    schemas: fn() -> (Arc<JsonObject>, Arc<JsonObject>),
    /// Calls it.
    pub call: fn(Arc<Shared>, JsonObject, Stop) -> Sending,
}

fn schemas<I: JsonSchema + 'static, O: JsonSchema + 'static>() -> (Arc<JsonObject>, Arc<JsonObject>) {
    use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
    (schema_for_input::<I>().unwrap_or_default(), schema_for_output::<Answer<O>>())
}

fn sent<T: Serialize + WriteLines>(answer: &Answer<T>) -> Result<Sent, Refusal> {
    let structured = serde_json::to_value(answer).map_err(|_| Refusal::Fault)?;
    Ok(Sent { structured, text: answer.text() })
}

impl Tool {
    /// A question about a recording.
    pub fn question<Q: Question>() -> Self {
        let call = |shared: Arc<Shared>, arguments: JsonObject, stop: Stop| -> Sending {
            Box::pin(async move {
                let mut input: Q::Input = arguments::read(arguments)?;
                Q::among(&mut input, &shared.store)?;
                let path = shared.store.find(Q::recording(&input))?;
                let name = Recorded::new(&id(&path));
                let stopped = stop.clone();
                let asked = shared.open_recordings.ask(&path, &stop, move |loaded| {
                    let answer = Q::answer(input, loaded, &stopped)?;
                    let trouble =
                        loaded.trouble.take().map(|why| format!("a part cannot be read: {}", Recorded::new(&why)));
                    sent(&Answer { recording: Some(name), ..answer.note(trouble) })
                });
                asked.await
            })
        };
        Self { about: Q::ABOUT, schemas: schemas::<Q::Input, Q::Output>, call }
    }

    /// An action that is not about one recording.
    pub fn action<A: Action>() -> Self {
        let call = |shared: Arc<Shared>, arguments: JsonObject, stop: Stop| -> Sending {
            Box::pin(async move {
                let input: A::Input = arguments::read(arguments)?;
                let act = move || shared.calls.while_running(|| sent(&A::act(input, &shared.store, &stop)?));
                let acted = tokio::task::spawn_blocking(act);
                acted.await.unwrap_or(Err(Refusal::Fault))
            })
        };
        Self { about: A::ABOUT, schemas: schemas::<A::Input, A::Output>, call }
    }

    /// Its entry in the list for clients.
    pub fn listed(&self) -> rmcp::model::Tool {
        let (input, output) = (self.schemas)();
        let About { name, title, description, reads_only } = self.about;
        let annotations = ToolAnnotations::new().read_only(reads_only).destructive(!reads_only).open_world(!reads_only);
        let tool = rmcp::model::Tool::new(name, description, input);
        tool.with_title(title).with_raw_output_schema(output).with_annotations(annotations)
    }
}
