//! Changes lines of a config and leaves all others as they are, comments included.

/// Sets keys of a table (`[lime.uid]`): in place where they stand, else below the heading, else in
/// a new section at the end.
pub(super) fn set_keys(lines: &mut Vec<String>, table: &str, keys: &[(String, String)]) {
    if keys.is_empty() {
        return;
    }
    let is_heading = |line: &String| line.trim_start().starts_with('[');
    let Some(heading) = lines
        .iter()
        .position(|line| without_comment(line).trim() == table)
    else {
        lines.extend([String::new(), table.to_owned()]);
        lines.extend(keys.iter().map(|(name, value)| format!("{name} = {value}")));
        return;
    };
    let mut missing = Vec::new();
    for (name, value) in keys {
        let end = lines
            .iter()
            .skip(heading + 1)
            .position(is_heading)
            .map_or(lines.len(), |place| heading + 1 + place);
        let place = (heading + 1..end).find(|&place| {
            lines.get(place).is_some_and(|line| {
                let rest = line.trim_start().strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.trim_start().starts_with('='))
            })
        });
        match place.and_then(|place| lines.get_mut(place)) {
            Some(line) => {
                let comment = line.get(without_comment(line).len()..).unwrap_or_default();
                let gap = if comment.is_empty() { "" } else { "  " };
                *line = format!("{name} = {value}{gap}{comment}");
            }
            None => missing.push(format!("{name} = {value}")),
        }
    }
    let below = lines.split_off(heading + 1);
    lines.extend(missing);
    lines.extend(below);
}

/// The line up to its comment, a `#` in quotes not counted.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (place, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return line.get(..place).unwrap_or(line),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None | Some(_), _) => {}
        }
    }
    line
}
