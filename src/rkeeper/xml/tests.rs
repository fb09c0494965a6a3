//! What is a document, and what comes of everything else.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Tree, XmlError> {
    parse(text.as_bytes(), "R")
}

#[test]
fn a_whole_document_is_read() {
    let tree = read(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- so --><?pi?>\
         <R a='1' b=\"&lt;&#x41;&amp;\"><One/>x&gt;<![CDATA[<y>]]><One c=''>z</One></R>\n",
    )
    .unwrap();
    let root = tree.root();
    assert_eq!(root.attribute("a"), Some("1"));
    assert_eq!(root.attribute("b"), Some("<A&"));
    assert_eq!(root.attribute("c"), None);
    assert_eq!(root.text(), "x><y>");
    assert_eq!(root.all("One").count(), 2);
    let texts: Vec<String> = root.children().map(Element::text).collect();
    assert_eq!(texts, ["", "z"]);
    assert_eq!(format!("{tree:?}"), "<R>[<One>[], <One>[]]");
}

#[test]
fn what_is_not_one_whole_document_is_refused() {
    let deep = format!("<R>{}{}</R>", "<a>".repeat(64), "</a>".repeat(64));
    let wide: String = (0..=ATTRIBUTES_MAX).map(|n| format!(" a{n}='1'")).collect();
    let many = format!("<R>{}</R>", "<a/>".repeat(ELEMENTS_MAX));
    for (text, wanted) in [
        ("", "is empty"),
        (" \n", "is empty"),
        ("<!-- -->", "cut: it ends inside <R>"),
        // L9, L10.
        (
            "<R Status='Ok'><Orders><Order sum='1'/>",
            "ends inside <Orders>",
        ),
        ("<R Status='Ok'>", "ends inside <R>"),
        ("<R Status='O", "not XML"),
        ("<R><a></R>", "not XML"),
        ("<R></R></R>", "not XML"),
        ("</R>", "not XML"),
        // L11.
        ("<R/><R/>", "follows"),
        ("<R/>text", "follows"),
        ("<R/><![CDATA[x]]>", "follows"),
        ("<R/>&amp;", "follows"),
        ("text<R/>", "begins with text"),
        // L12.
        ("<html Status='Ok'></html>", "<html>, not <R>"),
        ("<r/>", "<r>, not <R>"),
        ("<x:R/>", "<x:R>, not <R>"),
        (
            "<!DOCTYPE R [<!ENTITY x 'y'>]><R a='&x;'/>",
            "document type",
        ),
        ("<R>&nbsp;</R>", "unknown entity &nbsp;"),
        ("<R a='&nbsp;'/>", "not XML"),
        ("<R a='A & B'/>", "not XML"),
        ("<R>&#x110000;</R>", "not XML"),
        ("<R a='1' b='2' a='1'/>", "<R> is given twice"),
        ("<R a=1/>", "not XML"),
        ("<R a/>", "not XML"),
        ("<R/><?xml version='1.0'?>", "second declaration"),
        (&deep, "deeper or larger"),
        (&format!("<R{wide}/>"), "deeper or larger"),
        (&many, "deeper or larger"),
    ] {
        let start: String = text.chars().take(60).collect();
        let error = read(text).expect_err(&start).to_string();
        assert!(error.contains(wanted), "{start}: {error}");
    }
    read(&format!("<R>{}{}</R>", "<a>".repeat(63), "</a>".repeat(63))).unwrap();
}

#[test]
fn another_encoding_is_named() {
    let koi8 = b"<?xml version=\"1.0\" encoding=\"koi8-r\"?><R a=\"\xc2\xe8\xe7\"/>";
    for (bytes, wanted) in [
        (koi8.as_slice(), "koi8-r"),
        (b"<R a=\"\xc2\xe8\xe7\"/>", "nothing of its encoding"),
        (b"\xff\xfe<\0R\0/\0>\0", "nothing of its encoding"),
    ] {
        let error = parse(bytes, "R").unwrap_err();
        assert_eq!(error, XmlError::NotUtf8(wanted.to_owned()));
    }
    let cp1251 = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><R a=\"\xc2\xe8\xe7\"/>";
    let read = parse(cp1251, "R").unwrap();
    assert_eq!(read.root().attribute("a"), Some("Виз"));
    // Declared wrongly, but readable.
    let ascii = b"<?xml version=\"1.0\" encoding=\"windows-1251\"?><R a=\"1\"/>";
    assert_eq!(parse(ascii, "R").unwrap().root().attribute("a"), Some("1"));
}

/// Case 51.
#[test]
fn a_raw_ampersand_is_borne_in_text() {
    for (text, read_as) in [
        ("<R>Рога & Копыта</R>", "Рога & Копыта"),
        ("<R>Рога & Копыта; и ещё</R>", "Рога & Копыта; и ещё"),
        ("<R>a &amp; b &</R>", "a & b &"),
    ] {
        assert_eq!(read(text).unwrap().root().text(), read_as);
    }
}

#[test]
fn what_is_written_is_escaped() {
    let mut document = Document::default();
    document
        .open("R")
        .attribute("a", "Рога & \"<К>\"'\u{1}\n\u{7f}]]>");
    document.open("B").close().open("C").attribute("x", "");
    assert_eq!(
        String::from_utf8(document.finish()).unwrap(),
        "<R a=\"Рога &amp; &quot;&lt;К&gt;&quot;&apos;]]&gt;\"><B/><C x=\"\"/></R>"
    );
}

proptest! {
    #[test]
    fn any_text_comes_back_without_control_characters(value in any::<String>()) {
        let mut document = Document::default();
        document.open("R").attribute("a", &value);
        let read = parse(&document.finish(), "R").unwrap();
        let kept: String = value
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
            .collect();
        prop_assert_eq!(read.root().attribute("a"), Some(kept.as_str()));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parse(&bytes, "R").ok();
    }

    #[test]
    fn any_markup_is_survived(text in "(<R>)?([<>/!?&;='\" \\[\\]A-Ra-b-]{0,60})(</R>)?") {
        parse(text.as_bytes(), "R").ok();
    }
}
