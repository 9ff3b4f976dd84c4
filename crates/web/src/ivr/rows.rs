//! A captured call as a row, in the columns its first users know.

use chrono::{DateTime, Utc};
use frontdesk_core::{
    ivr::{Call, Input, Tree},
    personal::RawNumber,
};
use serde_json::{Map, Value};

/// What a row is made of: the columns, and the rows of a call.
#[derive(Clone, Copy)]
pub struct Table {
    /// The names of the columns.
    pub columns: fn(&Tree) -> Vec<String>,
    /// The rows of a call, a value for each column.
    pub rows: fn(&Call, &Tree) -> Vec<Vec<Value>>,
}

/// A row a call with a column for each step, as in the view `ivr_paths`.
pub const PATHS: Table = Table { columns: path_columns, rows: |call, tree| vec![path(call, tree)] };

/// A row an answer, as in the view `ivr_inputs`.
pub const INPUTS: Table = Table {
    columns: |_| INPUT_COLUMNS.map(str::to_owned).into(),
    rows: |call, _| call.inputs.iter().map(|answer| input(call, answer)).collect(),
};

impl Table {
    /// The rows of a call as JSON objects.
    pub fn objects(self, call: &Call, tree: &Tree) -> impl Iterator<Item = Value> {
        let columns = (self.columns)(tree);
        let object = move |row: Vec<Value>| Value::Object(columns.iter().cloned().zip(row).collect::<Map<_, _>>());
        (self.rows)(call, tree).into_iter().map(object)
    }
}

fn path_columns(tree: &Tree) -> Vec<String> {
    let before = ["id", "call_sid", "from_number", "to_number"].map(str::to_owned);
    let after = ["complete_path", "path_label", "complete", "timestamp"].map(str::to_owned);
    before.into_iter().chain(tree.steps.iter().map(|step| format!("{step}_choice"))).chain(after).collect()
}

fn path(call: &Call, tree: &Tree) -> Vec<Value> {
    let path = call.path(tree);
    let mut row = vec![call.id.into(), call.sid.as_str().into(), number(call.from.as_ref()), number(call.to.as_ref())];
    row.extend((0..tree.steps.len()).map(|position| Value::from(path.at(position))));
    row.extend([path.to_string().into(), tree.words(&path).into(), tree.completed(&path).into(), utc(call.started_at)]);
    row
}

const INPUT_COLUMNS: [&str; 9] = [
    "id",
    "call_sid",
    "from_number",
    "to_number",
    "step_name",
    "digit_input",
    "timestamp",
    "exophone",
    "caller_circle",
];

fn input(call: &Call, input: &Input) -> Vec<Value> {
    vec![
        (call.id * 1000 + i64::from(input.n)).into(),
        call.sid.as_str().into(),
        number(call.from.as_ref()),
        number(call.to.as_ref()),
        input.step.as_str().into(),
        input.digits.as_deref().unwrap_or(&input.raw).into(),
        utc(input.at()),
        number(call.to.as_ref()),
        call.circle.as_deref().into(),
    ]
}

fn number(number: Option<&RawNumber>) -> Value {
    number.map(RawNumber::reveal).into()
}

/// As the capture's first users write times: in UTC, without a zone.
fn utc(at: DateTime<Utc>) -> Value {
    at.format("%Y-%m-%d %H:%M:%S").to_string().into()
}

/// A value as a field of a spreadsheet. A stranger's text that would be taken for a formula is marked as text.
#[must_use]
pub fn field(value: &Value) -> String {
    let field = match value {
        Value::Null => String::new(),
        Value::String(field) => field.clone(),
        other => other.to_string(),
    };
    let number =
        field.strip_prefix(['+', '-']).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number { format!("'{field}") } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_stranger_becomes_a_formula_in_a_spreadsheet() {
        for (value, want) in [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+919876543210", "+919876543210"), ("--1", "--1")] {
            assert_eq!(field(&value.into()), want);
        }
        assert_eq!(field(&Value::Null), "");
    }
}
