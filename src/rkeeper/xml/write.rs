//! Writing: UTF-8, double quotes, nothing that XML forbids.

/// A value as it stands between quotation marks.
pub(in crate::rkeeper) fn escaped(value: &str) -> String {
    let mut text = String::new();
    escape(value, &mut text);
    text
}

/// A document being written: UTF-8, double quotes, nothing that XML forbids.
#[derive(Debug, Default)]
pub(in crate::rkeeper) struct Document {
    text: String,
    open: Vec<&'static str>,
    in_tag: bool,
}

impl Document {
    /// One that says its encoding.
    pub(in crate::rkeeper) fn declared() -> Self {
        Self {
            text: "<?xml version=\"1.0\" encoding=\"utf-8\"?>".to_owned(),
            ..Self::default()
        }
    }

    /// Starts an element.
    pub(in crate::rkeeper) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag(">");
        self.text.push('<');
        self.text.push_str(name);
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// Gives the element just started an attribute.
    pub(in crate::rkeeper) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        escape(value, &mut self.text);
        self.text.push('"');
        self
    }

    /// Ends the innermost element.
    pub(in crate::rkeeper) fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            if self.in_tag {
                self.end_tag("/>");
            } else {
                self.text.push_str("</");
                self.text.push_str(name);
                self.text.push('>');
            }
        }
        self
    }

    /// Ends all elements and gives the bytes.
    pub(in crate::rkeeper) fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.into_bytes()
    }

    fn end_tag(&mut self, end: &str) {
        if self.in_tag {
            self.text.push_str(end);
            self.in_tag = false;
        }
    }
}

/// The one place where text becomes XML. What XML 1.0 has no way to write is left out.
fn escape(value: &str, to: &mut String) {
    for c in value.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => to.push(c),
        }
    }
}
