//! Decodes the text of Python sources as Python does (PEP 263).

use std::borrow::Cow;

use encoding_rs::Encoding;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of a source. Bytes that are invalid in its encoding become U+FFFD; if the encoding is unknown, the text is
/// read as UTF-8.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(BOM) {
        return String::from_utf8_lossy(rest).into_owned();
    }
    let lossy = || String::from_utf8_lossy(bytes).into_owned();
    match cookie(bytes).map(|name| normal(&name)).as_deref() {
        None | Some("utf-8") => lossy(),
        // On the web, this name means another encoding.
        Some("iso-8859-1") => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Some(name) => match encoding(name) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => lossy(),
        },
    }
}

/// The bytes of a source that is UTF-8, whatever encoding it declares.
#[must_use]
pub fn as_utf8(text: &[u8]) -> Cow<'_, [u8]> {
    let is_other = !text.starts_with(BOM) && cookie(text).is_some_and(|name| normal(&name) != "utf-8");
    if is_other { Cow::Owned([BOM, text].concat()) } else { Cow::Borrowed(text) }
}

/// The encoding that one of the first two lines names.
fn cookie(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(4096)];
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\x0c');
    for line in bytes.split(|byte| *byte == end).take(2) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = line.iter().position(|byte| !is_space(byte)).unwrap_or(line.len());
        match line.get(start) {
            None => {}
            Some(b'#') => {
                if let Some(name) = named(&line[start..]) {
                    return Some(name);
                }
            }
            Some(_) => return None,
        }
    }
    None
}

/// The name after `coding:` or `coding=` in a comment.
fn named(comment: &[u8]) -> Option<String> {
    const WORD: &[u8] = b"coding";
    (0..comment.len().saturating_sub(WORD.len())).find_map(|at| {
        let rest = comment[at..].strip_prefix(WORD)?;
        let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"="))?;
        let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let name: Vec<u8> = rest[start..].iter().take_while(is_part).copied().collect();
        (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
    })
}

/// A name in the form that Python's tokenizer compares.
fn normal(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let is = |known: &str| name == known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'));
    if is("utf-8") || ["utf8", "u8", "utf", "cp65001", "ascii", "us-ascii"].contains(&name.as_str()) {
        "utf-8".into()
    } else if ["latin-1", "iso-8859-1", "iso-latin-1"].into_iter().any(is)
        || ["latin1", "l1", "latin", "8859", "iso8859", "iso8859-1", "cp819"].contains(&name.as_str())
    {
        "iso-8859-1".into()
    } else {
        name
    }
}

/// The codec that Python knows by a name.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let other = match name {
        "cp874" => "windows-874".into(),
        "cp932" | "ms932" | "mskanji" | "ms-kanji" | "windows-31j" => "shift_jis".into(),
        "cp936" | "ms936" => "gbk".into(),
        "cp949" | "ms949" | "uhc" => "euc-kr".into(),
        "cp950" | "ms950" => "big5".into(),
        "mac-roman" | "macroman" => "macintosh".into(),
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic".into(),
        "latin9" | "latin-9" => "iso-8859-15".into(),
        "latin10" | "latin-10" => "iso-8859-16".into(),
        name => match name.strip_prefix("cp125").or_else(|| name.strip_prefix("windows125")) {
            Some(rest) => format!("windows-125{rest}"),
            None => name.replace("latin-", "latin").replace("iso8859", "iso-8859"),
        },
    };
    let known = [name, &other, &other.replace("--", "-"), &other.replace('-', ""), &other.replace('-', "_")];
    let found = known.into_iter().find_map(|label| Encoding::for_label(label.as_bytes()))?;
    // These cannot be encodings of sources.
    let is_one = ![encoding_rs::REPLACEMENT, encoding_rs::UTF_16BE, encoding_rs::UTF_16LE].contains(&found);
    is_one.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{as_utf8, decode};

    #[test]
    fn cookies_are_obeyed() {
        for (bytes, text) in [
            (&b"# coding: latin-1\nx = '\xe9\x80'\n"[..], "# coding: latin-1\nx = 'é\u{80}'\n"),
            (
                b"#!/usr/bin/python\n# -*- coding: iso-8859-1 -*-\n'\xe9'",
                "#!/usr/bin/python\n# -*- coding: iso-8859-1 -*-\n'é'",
            ),
            (b"\r\n# vim: set fileencoding=cp1252 :\r\n'\x80'", "\r\n# vim: set fileencoding=cp1252 :\r\n'€'"),
            (b"# coding=iso8859_15\n'\xa4'", "# coding=iso8859_15\n'€'"),
            (b"# coding=ISO-8859-15\n'\xa4'", "# coding=ISO-8859-15\n'€'"),
            (b"# coding: koi8_r\n'\xc1'", "# coding: koi8_r\n'а'"),
            (b"# coding: cp1251\n'\xe0'", "# coding: cp1251\n'а'"),
            (b"# coding: shift_jis\n'\x82\xa0'", "# coding: shift_jis\n'あ'"),
            (b"# coding: euc_jp\n'\xa4\xa2'", "# coding: euc_jp\n'あ'"),
            (b"# coding: gbk\n'\xc4\xe3'", "# coding: gbk\n'你'"),
            (b"# coding: latin-2\n'\xb1'", "# coding: latin-2\n'ą'"),
            (b"# coding: utf-8\n'\xc3\xa9'", "# coding: utf-8\n'é'"),
            (b"\xef\xbb\xbf'\xc3\xa9'", "'é'"),
            // A BOM decides.
            (b"\xef\xbb\xbf# coding: latin-1\n'\xc3\xa9'", "# coding: latin-1\n'é'"),
            // The third line does not count, nor does a comment after code.
            (b"\n\n# coding: latin-1\n'\xc3\xa9'", "\n\n# coding: latin-1\n'é'"),
            (b"x = 1\n# coding: latin-1\n'\xc3\xa9'", "x = 1\n# coding: latin-1\n'é'"),
            (b"# coding: nothing-known\n'\xc3\xa9'", "# coding: nothing-known\n'é'"),
            (b"", ""),
        ] {
            assert_eq!(decode(bytes), text);
        }
    }

    #[test]
    fn what_was_decoded_stays_so() {
        let text = "# coding: latin-1\n'é'".as_bytes();
        assert_eq!(decode(&as_utf8(text)), "# coding: latin-1\n'é'");
        assert_eq!(decode(&as_utf8("'é'".as_bytes())), "'é'");
    }
}
