//! The pages and the files that they load, embedded in the program.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../assets/", $name)))),*]
    };
}

const FILES: &[(&str, &str)] = &files![
    "index.html",
    "run.html",
    "compare.html",
    "style.css",
    "flame.css",
    "icon.svg",
    "list.js",
    "run.js",
    "compare.js",
    "differences.js",
    "sides.js",
    "token.js",
    "ask.js",
    "head.js",
    "ways.js",
    "dom.js",
    "amounts.js",
    "texts.js",
    "drawing.js",
    "dap.js",
    "code.js",
    "values.js",
    "pins.js",
    "literals.js",
    "table.js",
    "cells.js",
    "timeline.js",
    "flame.js",
    "bars.js",
    "aside.js",
    "console.js",
    "breakpoints.js",
    "answers.js",
    "busy.js",
    "history.js",
    "hover.js",
    "menu.js",
    "places.js",
    "said.js",
    "stack.js",
    "story.js",
    "story_filters.js",
    "told.js",
    "tree.js",
    "panes.js",
    "keys.js",
];

/// The page of a report and the modules of its script, besides those that it shares with the other pages.
const REPORTS: &[(&str, &str)] = &files![
    "report.html",
    "report.js",
    "report_ask.js",
    "report_data.js",
    "report_flame.js",
    "report_steps.js",
    "report_story.js",
    "report_tree.js",
    "report_values.js"
];

/// All files of which a report is made.
pub const REPORT: [(&str, &str); FILES.len() + REPORTS.len()] = {
    let mut all = [("", ""); FILES.len() + REPORTS.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < FILES.len() { FILES[at] } else { REPORTS[at - FILES.len()] };
        at += 1;
    }
    all
};

/// The text of a file of which a report is made; empty if there is none.
pub fn text(name: &str) -> &'static str {
    REPORT.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    }
}

/// A page.
pub fn page(name: &str) -> Response {
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => ([(header::CONTENT_TYPE, kind(name))], *text).into_response(),
        None => Failure::NoAsset(name.to_owned()).into_response(),
    }
}

/// A file that a page loads.
pub async fn asset(Path(name): Path<String>) -> Response {
    page(&name)
}
