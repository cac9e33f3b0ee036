//! Who may ask: whoever knows the token, from a page of ours, under a name of this machine.
//!
//! A recording holds every value of a program. Other pages in the same browser can send requests to this
//! server, and other users of the machine can connect to it: neither may read anything.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// Pages load from here, and speak to here, alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a request has to show.
pub struct Guard {
    token: String,
    /// Cookies are shared by all ports of a host: each viewer has its own.
    cookie: String,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Admitted,
    /// It has the token in its address: a cookie takes it from there.
    Welcomed(String),
    Refused(StatusCode, &'static str),
}

impl Guard {
    /// With a new token.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn new(port: u16) -> std::io::Result<Self> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { token, cookie: format!("connie-{port}") })
    }

    /// What addresses have to hold.
    pub fn token(&self) -> &str {
        &self.token
    }

    fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Verdict {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        // A foreign name that resolves to this machine is somebody else's page.
        let Some(host) = text(header::HOST).filter(|host| is_local(host)) else {
            return Verdict::Refused(StatusCode::FORBIDDEN, "the viewer is reached as 127.0.0.1 or localhost alone");
        };
        match text(header::ORIGIN) {
            Some(origin) if origin.strip_prefix("http://") != Some(host) => {
                return Verdict::Refused(StatusCode::FORBIDDEN, "another page asked");
            }
            None if method != Method::GET && method != Method::HEAD => {
                return Verdict::Refused(StatusCode::FORBIDDEN, "what changes something is asked for by a page alone");
            }
            _ => {}
        }
        let mut cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|all| all.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='));
        let is_token = |given: &str| is_same(given.as_bytes(), self.token.as_bytes());
        let in_address = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("token="));
        if in_address.is_some_and(is_token) {
            return Verdict::Welcomed(uri.path().to_owned());
        }
        if cookies.any(|(name, value)| name == self.cookie && is_token(value)) {
            return Verdict::Admitted;
        }
        let way_out = "open the whole address that connie printed: it ends with a token";
        Verdict::Refused(StatusCode::UNAUTHORIZED, way_out)
    }
}

/// Whether a `Host` header names this machine. Any port will do: a tunnel has its own.
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Compares in a time that says nothing of where they differ.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Lets a request through, or answers it.
pub async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.judge(request.method(), request.uri(), request.headers()) {
        Verdict::Admitted => next.run(request).await,
        Verdict::Welcomed(path) => {
            // Not `Strict`: a link in another page's terminal leads here, too. What changes something wants our origin.
            let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", guard.cookie, guard.token);
            (StatusCode::SEE_OTHER, [(header::LOCATION, path), (header::SET_COOKIE, cookie)]).into_response()
        }
        Verdict::Refused(status, why) => Failure::refused(status, why).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(method: Method, address: &str, given: &[(header::HeaderName, &str)]) -> Verdict {
        let guard = Guard { token: "secret".into(), cookie: "connie-8000".into() };
        let headers = given.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        guard.judge(&method, &address.parse().unwrap(), &headers.collect())
    }

    fn is_refused(verdict: &Verdict, wanted: StatusCode) -> bool {
        matches!(verdict, Verdict::Refused(status, _) if *status == wanted)
    }

    const HERE: (header::HeaderName, &str) = (header::HOST, "127.0.0.1:8000");
    const COOKIE: (header::HeaderName, &str) = (header::COOKIE, "other=1; connie-8000=secret");

    #[test]
    fn the_token_opens() {
        assert_eq!(judge(Method::GET, "/run/x?token=secret", &[HERE]), Verdict::Welcomed("/run/x".into()));
        assert_eq!(judge(Method::GET, "/", &[HERE, COOKIE]), Verdict::Admitted);
        for wrong in ["/", "/?token=", "/?token=secre", "/?token=secrets", "/?nottoken=secret"] {
            assert!(is_refused(&judge(Method::GET, wrong, &[HERE]), StatusCode::UNAUTHORIZED), "{wrong}");
        }
        let other_port = (header::COOKIE, "connie-8001=secret");
        assert!(is_refused(&judge(Method::GET, "/", &[HERE, other_port]), StatusCode::UNAUTHORIZED));
    }

    #[test]
    fn other_names_and_pages_are_refused() {
        for name in ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil:8000", ""] {
            let verdict = judge(Method::GET, "/?token=secret", &[(header::HOST, name), COOKIE]);
            assert!(is_refused(&verdict, StatusCode::FORBIDDEN), "{name}");
        }
        for name in ["localhost:9", "[::1]:8000", "127.0.0.1", "localhost"] {
            assert_eq!(judge(Method::GET, "/", &[(header::HOST, name), COOKIE]), Verdict::Admitted, "{name}");
        }
        for origin in ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001"] {
            let verdict = judge(Method::GET, "/", &[HERE, COOKIE, (header::ORIGIN, origin)]);
            assert!(is_refused(&verdict, StatusCode::FORBIDDEN), "{origin}");
        }
    }

    #[test]
    fn changes_come_from_pages_alone() {
        assert!(is_refused(&judge(Method::POST, "/", &[HERE, COOKIE]), StatusCode::FORBIDDEN));
        let ours = (header::ORIGIN, "http://127.0.0.1:8000");
        assert_eq!(judge(Method::POST, "/", &[HERE, COOKIE, ours]), Verdict::Admitted);
    }
}
