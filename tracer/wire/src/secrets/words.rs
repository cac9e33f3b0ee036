//! The words that tell of secrets.
//!
//! The lists are those of detect-secrets 1.5 (`KeywordDetector.DENYLIST`), Sentry's Python SDK 2 (`DEFAULT_DENYLIST` of
//! its scrubber) and Django 5 (`HIDDEN_SETTINGS`), sorted by whether a name alone is enough. Personal data of Sentry's
//! second list (addresses of clients) is no secret and not among them. Words are joined: `apikey` stands for `api_key`,
//! `apiKey`, `API-KEY` and `apikey`.

/// Values under these names are secrets, whatever they look like.
pub(super) const SECRET: &[&str] = &[
    // detect-secrets
    "apikey", "authkey", "servicekey", "accountkey", "dbkey", "databasekey", "privkey", "privatekey", "clientkey",
    "dbpass", "databasepass", "keypass", "password", "passwd", "secret", "contraseña", "contrasena", "dbpwd",
    // Sentry
    "credential", "mysqlpwd", "authorization", "proxyauthorization", "setcookie", "csrftoken", "xcsrftoken",
    "xsrftoken", "csrfmiddlewaretoken", "phpsessid", "aiohttpsession", "connectsid",
    // Others of the same meaning.
    "passphrase", "passcode", "passwort", "kennwort", "pswd", "jwt", "bearer", "accesstoken", "refreshtoken",
    "authtoken", "idtoken", "apitoken", "oauthtoken", "bearertoken", "sessiontoken", "securitytoken", "personaltoken",
    "githubtoken", "gitlabtoken", "slacktoken", "bottoken", "deploytoken", "secretkey", "accesskey", "encryptionkey",
    "decryptionkey", "signingkey", "sshkey", "masterkey", "sharedkey", "userpass", "rootpass", "adminpass",
    "httpcookie",
];

/// Values under these names, which have an everyday meaning too, are secrets if they look like one.
pub(super) const LOOK: &[&str] = &[
    "token", "pass", "pwd", "pw", "cookie", "sessionid", "session", "sid", "key", "auth", "authentication", "csrf",
    "xsrf", "signature", "sig", "salt", "nonce", "otp", "totp", "pin", "cert", "dsn", "connectionstring", "webhook",
    "cvv", "hmac", "psk",
];

/// Words that are written together with what comes before: `clientsecret`, `myapikey`.
pub(super) const ENDINGS: &[&str] = &[
    "password", "passwd", "passphrase", "secret", "apikey", "privatekey", "secretkey", "accesskey", "accesstoken",
    "refreshtoken", "authtoken", "credential",
];

/// Behind such a word, the name is about the secret: where it is, how long it is. It is looked at what it looks like.
pub(super) const ABOUT: &[&str] = &[
    "length", "len", "size", "count", "field", "label", "url", "uri", "path", "file", "filename", "folder", "dir",
    "regex", "regexp", "pattern", "policy", "hint", "prompt", "error", "errors", "expired", "expires", "expiry",
    "expiration", "ttl", "age", "enabled", "disabled", "required", "valid", "invalid", "validator", "validators",
    "strength", "manager", "provider", "reader", "type", "kind", "class", "column", "index", "version", "placeholder",
    "min", "max", "changed", "hasher", "hashers", "endpoint", "scheme", "algorithm", "view", "form", "widget", "name",
    "names", "detector", "scanner", "rules", "santa", "agent", "service", "sauce",
];

/// Before such a word as well.
pub(super) const WHETHER: &[&str] = &[
    "is", "has", "num", "n", "min", "max", "no", "needs", "need", "use", "uses", "requires", "require", "allow",
    "allows", "enable", "disable", "show", "hide", "count", "without", "nonsecret", "not", "forgot",
];

/// Functions whose names begin so do not return the secret.
pub(super) const CHECKS: &[&str] = &[
    "check", "verify", "validate", "test", "reset", "change", "update", "set", "send", "print", "log", "describe",
    "delete", "remove", "redact", "mask", "hide", "confirm", "forget", "revoke", "parse", "on", "handle", "strip",
];
