//! The page as it is printed: one sheet of A4 with everything in it. Knows as much of Markdown as the
//! page uses: headings, paragraphs, numbered steps, tables, pictures, links, bold and italic.

const STYLE: &str = include_str!("print.css");

/// The whole document. `inlined` gives the address of a picture's content; without one it is not printed.
pub fn page(markdown: &str, lang: &str, inlined: impl Fn(&str) -> Option<String>) -> String {
    let mut title = "";
    let mut body = String::new();
    for block in markdown
        .split("\n\n")
        .map(str::trim)
        .filter(|it| !it.is_empty())
    {
        // The note about printing is not printed, nor are the marks of the key table.
        if block.starts_with('*') && !block.starts_with("**") {
            continue;
        }
        if let Some(words) = block.strip_prefix("# ") {
            title = words;
        }
        body.push_str(&element(block, &inlined));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

fn element(block: &str, inlined: &impl Fn(&str) -> Option<String>) -> String {
    let lines: Vec<&str> = block
        .lines()
        .filter(|line| !line.starts_with("<!--"))
        .collect();
    let first = lines.first().copied().unwrap_or_default();
    if let Some(words) = first.strip_prefix("## ") {
        format!("<h2>{}</h2>\n", inline(words))
    } else if let Some(words) = first.strip_prefix("# ") {
        format!("<h1>{}</h1>\n", inline(words))
    } else if first.starts_with("![") {
        let shown: String = lines
            .iter()
            .filter_map(|line| picture(line, inlined))
            .collect();
        format!("<div class=\"pictures\">\n{shown}</div>\n")
    } else if first.starts_with('|') {
        table(&lines)
    } else if first.starts_with("1. ") {
        let step = |line: &&str| {
            let words = line.split_once(". ").map_or(*line, |(_, words)| words);
            format!("<li>{}</li>\n", inline(words))
        };
        format!(
            "<ol>\n{}</ol>\n",
            lines.iter().map(step).collect::<String>()
        )
    } else {
        format!("<p>{}</p>\n", inline(&lines.join(" ")))
    }
}

/// `![words](address)`
fn picture(line: &str, inlined: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let words = between(line, "![", "]");
    let address = between(line, "](", ")");
    let source = inlined(address)?;
    Some(format!(
        "<figure><img alt=\"\" src=\"{source}\"><figcaption>{}</figcaption></figure>\n",
        escaped(words)
    ))
}

/// The first row is the head, the second a rule. The narrow table of keys goes into columns.
fn table(lines: &[&str]) -> String {
    let cells = |line: &str, name: &str| -> String {
        line.trim_matches('|')
            .split(" | ")
            .map(|cell| format!("<{name}>{}</{name}>", inline(cell.trim())))
            .collect()
    };
    let rows = lines.iter().skip(2);
    let body: String = rows
        .map(|line| format!("<tr>{}</tr>\n", cells(line, "td")))
        .collect();
    let head = lines
        .first()
        .map_or_else(String::new, |line| cells(line, "th"));
    let is_keys = head.matches("<th>").count() == 2;
    if is_keys {
        format!("<div class=\"keys\"><table>\n{body}</table></div>\n")
    } else {
        format!("<table>\n<tr>{head}</tr>\n{body}</table>\n")
    }
}

/// Bold, and everything else as it stands.
fn inline(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in escaped(text).split("**").enumerate() {
        if index % 2 == 1 {
            html.extend(["<b>", part, "</b>"]);
        } else {
            html.push_str(part);
        }
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    let after = text.split_once(open).map_or("", |(_, after)| after);
    after.split_once(close).map_or("", |(inside, _)| inside)
}
