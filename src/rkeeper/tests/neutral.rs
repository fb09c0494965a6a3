//! Changes that mean nothing change nothing; cut answers are none.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::testing::*;
use super::super::xml::{self, Element};
use super::super::*;

/// Everything that is read out of an answer.
fn all(bytes: &[u8]) -> impl PartialEq + std::fmt::Debug + use<> {
    let answer = parse_answer(bytes).unwrap();
    let guids = [guid(), crate::domain::OrderGuid(GUID.replace("1}", "2}"))];
    let at = jiff::civil::DateTime::MIN;
    let listed: Vec<String> = functions::listed(&answer)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let others = (
        listed,
        reference::items(&answer),
        lookback::receipts(&answer, at, "1"),
        licence::info::named_number(&answer),
        calculated(&answer, &guid(), &["11", "13"]),
        answer
            .failure()
            .map(|failure| status::of_payment::<()>(&failure)),
    );
    (
        others,
        answer.status(),
        answer.failure(),
        order_list(&answer),
        guids.map(|guid| order(&answer, &guid)),
        receipt(&answer),
        SystemInfo::of(&answer),
        currency_refused(&answer, &["11", "12", "13"]),
        answer.attribute("locked").map(str::to_owned),
    )
}

/// Writes a tree in one of the many ways that mean the same.
struct Writer {
    choices: std::vec::IntoIter<u8>,
    text: String,
}

impl Writer {
    fn write(root: Element<'_>, choices: Vec<u8>) -> String {
        let mut writer = Self {
            choices: choices.into_iter(),
            text: String::new(),
        };
        if writer.choose(2) == 1 {
            writer.text.push('\u{feff}');
        }
        if writer.choose(2) == 1 {
            writer
                .text
                .push_str("<?xml version='1.0' encoding='UTF-8'?>");
        }
        writer.element(root);
        writer.noise(false);
        writer.text
    }

    /// Below `below`; zero when the choices have run out.
    fn choose(&mut self, below: usize) -> usize {
        usize::from(self.choices.next().unwrap_or(0)) % below
    }

    fn element(&mut self, element: Element<'_>) {
        self.noise(false);
        self.text.push('<');
        self.text.push_str(element.name());
        let mut attributes: Vec<(&str, &str)> = element.attributes().collect();
        if self.choose(3) == 1 {
            attributes.push(("zzNew", "1 < 2 & \"3\""));
        }
        while !attributes.is_empty() {
            let at = self.choose(attributes.len());
            let (name, value) = attributes.remove(at);
            self.attribute(name, value);
        }
        let gap = ["", " ", "\n\t"][self.choose(3)];
        self.text.push_str(gap);
        let bare = element.children().next().is_none() && element.text().trim().is_empty();
        if bare && self.choose(2) == 0 {
            self.text.push_str("/>");
            return;
        }
        self.text.push('>');
        self.children(element);
        self.own_text(&element.text());
        self.text.push_str("</");
        self.text.push_str(element.name());
        self.text.push_str(gap);
        self.text.push('>');
    }

    /// Children of one name keep their order; names are mixed.
    fn children(&mut self, element: Element<'_>) {
        let mut groups: Vec<Vec<Element<'_>>> = Vec::new();
        for child in element.children() {
            match groups
                .iter_mut()
                .find(|group| group[0].name() == child.name())
            {
                Some(group) => group.push(child),
                None => groups.push(vec![child]),
            }
        }
        while !groups.is_empty() {
            let at = self.choose(groups.len());
            let child = groups[at].remove(0);
            if groups[at].is_empty() {
                groups.remove(at);
            }
            self.element(child);
            self.noise(true);
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let gap = [" ", "\n  "][self.choose(2)];
        let quote = ['"', '\''][self.choose(2)];
        let equals = ["=", " = "][self.choose(2)];
        write!(self.text, "{gap}{name}{equals}{quote}").unwrap();
        for c in value.chars() {
            let plain = !matches!(c, '&' | '<' | '"' | '\'');
            match self.choose(8) {
                1 => write!(self.text, "&#{};", u32::from(c)).unwrap(),
                2 => write!(self.text, "&#x{:X};", u32::from(c)).unwrap(),
                _ if plain => self.text.push(c),
                _ => write!(self.text, "&#{};", u32::from(c)).unwrap(),
            }
        }
        self.text.push(quote);
    }

    fn own_text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if self.choose(2) == 1 {
            write!(self.text, "<![CDATA[{text}]]>").unwrap();
        } else {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            self.text.push_str(&text);
        }
    }

    /// What says nothing; `inside` an element also unknown elements with known names in them.
    fn noise(&mut self, inside: bool) {
        let known = "<ZzNew a='1'><Order guid='{0}'/><Dish state='4'/><Pay amount='x'/>\
                     <Error RK7ErrorN='1'>no</Error><Query name='x'/><Item Code='1'/>\
                     <Receipt state='6'/>text</ZzNew>";
        let noise = match self.choose(9) {
            1 => " ",
            2 => "\r\n\t",
            3 => "<!-- <Order/> & -->",
            4 => "<?pi <Order/>?>",
            5 if inside => "<![CDATA[ ]]>",
            6 if inside => "<ZzNew/>",
            7 if inside => known,
            _ => "",
        };
        self.text.push_str(noise);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_means_nothing_changes_nothing(choices in prop::collection::vec(any::<u8>(), 0..4000)) {
        for (file, golden) in GOLDEN {
            let tree = xml::parse(golden.as_bytes(), "RK7QueryResult").unwrap();
            let written = Writer::write(tree.root(), choices.clone());
            prop_assert_eq!(all(written.as_bytes()), all(golden.as_bytes()), "{}", file);
        }
    }

    #[test]
    fn any_change_of_one_byte_is_survived(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for (_, golden) in GOLDEN {
            let mut bytes = golden.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(answer) = parse_answer(&bytes) {
                answer.failure();
                order(&answer, &guid()).ok();
                order_list(&answer).ok();
                reference::items(&answer).ok();
                lookback::receipts(&answer, jiff::civil::DateTime::MIN, "1").ok();
                licence::info::named_number(&answer).ok();
                SystemInfo::of(&answer).ok();
                calculated(&answer, &guid(), &["11"]).ok();
                currency_refused(&answer, &["11"]).ok();
                receipt(&answer);
            }
        }
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_no_answer() {
    for (file, golden) in GOLDEN {
        let whole = golden.trim_end();
        parse_answer(whole.as_bytes()).unwrap();
        for length in 0..whole.len() {
            let cut = &whole.as_bytes()[..length];
            assert!(parse_answer(cut).is_err(), "{file} cut to {length} bytes");
        }
    }
}

#[test]
fn a_second_answer_behind_the_first_is_refused() {
    for (file, golden) in GOLDEN {
        let twice = format!("{}{}", golden.trim_end(), ORDER_PLAIN);
        assert!(parse_answer(twice.as_bytes()).is_err(), "{file}");
    }
}

/// An answer that no r_keeper would give: refused in words, soon, and whatever it claims to be.
#[test]
fn what_no_server_would_say_is_refused_in_words() {
    let nested = |depth: usize| {
        format!(
            "<RK7QueryResult Status='Ok'>{}{}</RK7QueryResult>",
            "<Visit>".repeat(depth),
            "</Visit>".repeat(depth)
        )
    };
    let bomb = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>\
                <!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>\
                <RK7QueryResult Status='Ok' ErrorText='&c;'/>";
    let many = format!(
        "<RK7QueryResult Status='Ok'>{}</RK7QueryResult>",
        "<Visit/>".repeat(ELEMENTS_MAX)
    );
    let wide: String = (0..=ATTRIBUTES_MAX).map(|n| format!(" a{n}=''")).collect();
    let mut koi8 = b"<?xml version='1.0' encoding='koi8-r'?>\
                       <RK7QueryResult Status='Ok' ErrorText='"
        .to_vec();
    koi8.extend([0xc7, 0xe0, 0xea, 0xe0, 0xe7, b'\'', b'/', b'>']);
    for (bytes, words) in [
        (nested(DEPTH_MAX).into_bytes(), "deeper or larger"),
        (nested(1_000_000).into_bytes(), "deeper or larger"),
        (many.into_bytes(), "deeper or larger"),
        (
            format!("<RK7QueryResult{wide} Status='Ok'/>").into_bytes(),
            "deeper or larger",
        ),
        (bomb.as_bytes().to_vec(), "document type"),
        (
            b"<RK7QueryResult Status='Ok' ErrorText='&c;'/>".to_vec(),
            "not XML",
        ),
        (koi8, "not UTF-8 (it says koi8-r)"),
        (vec![0; 1_000_000], ""),
    ] {
        let error = parse_answer(&bytes).unwrap_err().to_string();
        let start = String::from_utf8_lossy(bytes.get(..40).unwrap_or(&bytes)).into_owned();
        assert!(error.contains(words), "{start}: {error}");
        assert!(error.len() < 300, "{start}: {} bytes of error", error.len());
    }
}
