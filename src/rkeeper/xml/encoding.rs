//! From bytes to text. r_keeper answers UTF-8 over HTTP (every public client reads it so); its older
//! interface spoke windows-1251, and whatever stands between may do so still. Only what the document
//! says of itself counts, and only where it is no UTF-8: headers are known to be wrong.

use std::borrow::Cow;

use super::XmlError;

/// How far a declaration is looked for, in bytes.
const DECLARATION_BYTES_MAX: usize = 100;
/// As documents write it.
const WINDOWS_1251: &str = "windows-1251";
/// What windows-1251 means by the bytes from 0x80 to 0xBF; from 0xC0 on it is `А` to `я` in the order of the
/// alphabet. 0x98 means nothing.
const UPPER: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’',
    '“', '”', '•', '–', '—', '\u{fffd}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{a0}', 'Ў', 'ў',
    'Ј', '¤', 'Ґ', '¦', '§', 'Ё', '©', 'Є', '«', '¬', '\u{ad}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ',
    'µ', '¶', '·', 'ё', '№', 'є', '»', 'ј', 'Ѕ', 'ѕ', 'ї',
];

/// The text of a document, without a byte order mark.
///
/// # Errors
/// `Empty` where there is nothing, `NotUtf8` where it is neither UTF-8 nor declared windows-1251.
pub(super) fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(XmlError::Empty);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let start = bytes.get(..DECLARATION_BYTES_MAX).unwrap_or(bytes);
    let start = String::from_utf8_lossy(start);
    let declared = start
        .starts_with("<?xml")
        .then(|| start.split_once("encoding="))
        .flatten()
        .and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    match declared {
        Some(name) if name.eq_ignore_ascii_case(WINDOWS_1251) => {
            Ok(bytes.iter().copied().map(letter).collect())
        }
        Some(name) => Err(XmlError::NotUtf8(name.to_owned())),
        None => Err(XmlError::NotUtf8("nothing of its encoding".to_owned())),
    }
}

fn letter(byte: u8) -> char {
    match byte {
        ..=0x7f => char::from(byte),
        0x80..=0xbf => UPPER
            .get(usize::from(byte & 0x3f))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        0xc0.. => char::from_u32(u32::from('А') + u32::from(byte - 0xc0))
            .unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: &[u8] = b"<?xml version=\"1.0\" encoding=\"Windows-1251\"?>";

    fn read(declaration: &[u8], body: &[u8]) -> Result<String, XmlError> {
        let bytes = [declaration, body].concat();
        let text = text_of(&bytes)?.into_owned();
        Ok(text[declaration.len()..].to_owned())
    }

    #[test]
    fn declared_windows_1251_is_read() {
        for (bytes, text) in [
            (&b"\xd1\xf2\xee\xeb \xb9 5"[..], "Стол № 5"),
            (b"\xa8\xeb\xea\xe0, \xb8\xe6", "Ёлка, ёж"),
            (b"\xc0\xdf\xe0\xff", "АЯая"),
            (b"\xab\x93\x94\xbb \x96 \x97 \x85", "«“”» – — …"),
            (b"\x80\xbf\x98\xa0", "Ђї\u{fffd}\u{a0}"),
        ] {
            assert_eq!(read(DECLARED, bytes), Ok(text.to_owned()));
        }
        // Every byte is one letter, and no two are the same.
        let all: Vec<char> = (0x80..=0xff).map(letter).collect();
        let mut different = all.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), all.len());
        // What is UTF-8 is that, whatever it says of itself.
        assert_eq!(read(DECLARED, "Стол".as_bytes()), Ok("Стол".to_owned()));
    }

    #[test]
    fn no_other_encoding_is_guessed() {
        let koi8 = b"<?xml version='1.0' encoding='koi8-r'?>";
        for (declaration, says) in [
            (&koi8[..], "koi8-r"),
            (b"", "nothing of its encoding"),
            (b"<a encoding=\"windows-1251\"/>", "nothing of its encoding"),
        ] {
            let told = read(declaration, b"\xd1\xf2\xee\xeb");
            assert_eq!(told, Err(XmlError::NotUtf8(says.to_owned())));
        }
        let utf16 = b"\xff\xfe<\0R\0/\0>\0";
        assert!(matches!(text_of(utf16), Err(XmlError::NotUtf8(_))));
        assert_eq!(text_of(b"\xef\xbb\xbf \n"), Err(XmlError::Empty));
    }
}
