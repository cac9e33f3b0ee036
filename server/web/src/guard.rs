//! Admits requests: only with the token, from a page of the viewer, under a name of this machine.
//!
//! A recording contains every value of a program. Other pages in the same browser can send requests to this server, and
//! other users of the machine can connect to it: neither may read anything. Pages and the files that they load contain
//! no recorded data and need no token; they send it with each request for data. The token is never in a cookie, since
//! browsers send cookies to all ports of a machine, nor in an address, since addresses get into histories and logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use connie_framing::Token;

use crate::failure::Failure;

/// Pages may load files only from this server, and connect only to it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The prefix of the web socket protocol that carries the token. The protocols are the only part of the request that
/// browsers let pages choose.
const SUBPROTOCOL: &str = "token.";

/// Whether a request on a connection had the token.
#[derive(Clone, Default)]
pub struct Known(Arc<AtomicBool>);

impl Known {
    /// Whether a request had the token.
    pub fn is_known(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Checks that a request comes to a name of this machine, and from a page of the viewer.
fn judge_place(method: &Method, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    // A foreign name that resolves to this machine belongs to another page.
    let Some(host) = text(header::HOST).filter(|host| is_local(host)) else {
        return Err(Failure::ForeignHost);
    };
    match headers.get(header::ORIGIN) {
        Some(origin) if origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) != Some(host) => {
            Err(Failure::ForeignPage)
        }
        None if method != Method::GET && method != Method::HEAD => Err(Failure::NoOrigin),
        _ => Ok(()),
    }
}

/// Checks that a request has the token.
fn judge_token(token: &Token, headers: &HeaderMap) -> Result<(), Failure> {
    let texts = |name| headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    let in_header = texts(header::AUTHORIZATION).filter_map(|value| value.strip_prefix("Bearer "));
    let protocols = texts(header::SEC_WEBSOCKET_PROTOCOL).flat_map(|all| all.split(','));
    let in_protocol = protocols.filter_map(|one| one.trim().strip_prefix(SUBPROTOCOL));
    if in_header.chain(in_protocol).any(|given| token.is(given)) {
        return Ok(());
    }
    Err(Failure::WrongToken)
}

/// Whether a `Host` header names this machine. Any port is accepted, because a tunnel has its own.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Passes a request on if its host and origin are right; otherwise answers it.
pub async fn check_place(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let mut response = match judge_place(request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(failure) if wants_page => failure.page(),
        Err(failure) => failure.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Passes a request on if it has the token; otherwise answers it.
pub async fn check_token(State(token): State<Token>, request: Request, next: Next) -> Response {
    match judge_token(&token, request.headers()) {
        Ok(()) => {
            if let Some(known) = request.extensions().get::<Known>() {
                known.0.store(true, Ordering::Relaxed);
            }
            next.run(request).await
        }
        // A person who opens an address of data reads a page; a script reads JSON.
        Err(failure) if wants_page(request.headers()) => failure.page(),
        Err(failure) => failure.into_response(),
    }
}

/// Whether a browser asks for a page to show.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    type Given<'a> = (header::HeaderName, &'a str);

    fn map(given: &[Given<'_>]) -> HeaderMap {
        given.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    const HERE: Given<'static> = (header::HOST, "127.0.0.1:8000");

    #[test]
    fn the_token_opens_and_nothing_else() {
        let token = Token::chosen("secret-1").unwrap();
        let judge = |given: &[Given<'_>]| judge_token(&token, &map(given)).map_err(|failure| failure.status());
        assert_eq!(judge(&[(header::AUTHORIZATION, "Bearer secret-1")]), Ok(()));
        assert_eq!(judge(&[(header::SEC_WEBSOCKET_PROTOCOL, "connie, token.secret-1")]), Ok(()));
        for given in [
            &[][..],
            &[(header::AUTHORIZATION, "secret-1")],
            &[(header::AUTHORIZATION, "Bearer secret-")],
            &[(header::AUTHORIZATION, "Bearer secret-12")],
            &[(header::SEC_WEBSOCKET_PROTOCOL, "connie, secret-1")],
            // Browsers send cookies to all ports.
            &[(header::COOKIE, "connie-8000=secret-1; token=secret-1")],
        ] {
            assert_eq!(judge(given), Err(StatusCode::UNAUTHORIZED), "{given:?}");
        }
    }

    #[test]
    fn other_names_and_pages_are_refused() {
        let judge = |given: &[Given<'_>]| judge_place(&Method::GET, &map(given)).map_err(|failure| failure.status());
        for name in ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil:8000", ""] {
            assert_eq!(judge(&[(header::HOST, name)]), Err(StatusCode::FORBIDDEN), "{name}");
        }
        assert_eq!(judge(&[]), Err(StatusCode::FORBIDDEN));
        for name in ["localhost:9", "[::1]:8000", "127.0.0.1", "localhost"] {
            assert_eq!(judge(&[(header::HOST, name)]), Ok(()), "{name}");
        }
        for origin in ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "é"] {
            assert_eq!(judge(&[HERE, (header::ORIGIN, origin)]), Err(StatusCode::FORBIDDEN), "{origin}");
        }
    }

    #[test]
    fn changes_come_from_pages_alone() {
        let judge = |given: &[Given<'_>]| judge_place(&Method::POST, &map(given)).map_err(|failure| failure.status());
        assert_eq!(judge(&[HERE]), Err(StatusCode::FORBIDDEN));
        assert_eq!(judge(&[HERE, (header::ORIGIN, "http://127.0.0.1:8000")]), Ok(()));
    }
}
