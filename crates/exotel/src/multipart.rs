//! `multipart/form-data`, as status callbacks come unless JSON is asked for (RFC 7578). Only text fields are read.

/// Reads the fields of a body; `None` when it is none.
pub(crate) fn fields(content_type: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()))?;
    let delimiter = [b"\r\n--".as_slice(), boundary.as_bytes()].concat();
    // The first delimiter stands at the beginning, where no line ends before it.
    let whole = [b"\r\n".as_slice(), body].concat();
    let mut rest = &whole[position(&whole, &delimiter)? + delimiter.len()..];
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        let end = position(rest, &delimiter)?;
        let (part, next) = (&rest[..end], &rest[end + delimiter.len()..]);
        let head = position(part, b"\r\n\r\n")?;
        let headers = String::from_utf8_lossy(&part[..head]);
        let mut lines = headers.lines();
        let disposition = lines.find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        let value = String::from_utf8_lossy(&part[head + 4..]).into_owned();
        fields.push((parameter(disposition, "name")?, value));
        rest = next;
    }
    Some(fields)
}

/// A parameter of a header: `; name="value"` or `; name=value`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|piece| {
        let (key, value) = piece.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

fn position(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=\"--x\"";

    #[test]
    fn fields_are_read_with_whatever_is_in_them() {
        let body = "----x\r\nContent-Disposition: form-data; name=\"CallSid\"\r\n\r\nc-1\r\n----x\r\n\
                    content-type: text/plain\r\ncontent-disposition: form-data; name=Legs[0][Status]\r\n\r\na\r\nb\r\n----x--\r\n";
        let read = fields(KIND, body.as_bytes()).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read, [pair("CallSid", "c-1"), pair("Legs[0][Status]", "a\r\nb")]);
    }

    #[test]
    fn what_is_none_is_refused_and_never_a_panic() {
        let whole = "----x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n----x--";
        for end in 0..whole.len() {
            let _ = fields(KIND, &whole.as_bytes()[..end]);
        }
        for (kind, body) in
            [("multipart/form-data", whole), (KIND, ""), (KIND, "----y--"), (KIND, "----x\r\n\r\n1\r\n----x--")]
        {
            assert_eq!(fields(kind, body.as_bytes()), None, "{kind} {body}");
        }
    }
}
