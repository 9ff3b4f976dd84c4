//! The message for people who read mail with a browser's eyes.
//!
//! Inline styles, as many programs read no others; the rest is for dark screens and small ones. No picture, no font and
//! nothing else is fetched, so that reading it tells nobody anything.

use crate::{
    clean,
    compose::Words,
    link::{Piece, Web, pieces},
};

/// For programs that read it: dark screens, small screens.
const STYLE: &str = "\
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#15171c!important}
.card{background:#21242b!important;border-color:#383d47!important}
.text{color:#e9ebee!important}
.quiet{color:#a9afba!important}
.link{color:#8db7ff!important}
.button{background:#8db7ff!important;color:#10131a!important}
}
@media (max-width:480px){
.card{padding:22px 18px!important}
.button{display:block!important}
}
";
const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// Writes the page.
pub(crate) fn page(words: &Words<'_>) -> String {
    let (language, title) = (words.language, escape(&words.subject));
    let mut card = String::new();
    if !words.sender.is_empty() {
        card.push_str(&format!(
            "<p class=\"quiet\" style=\"margin:0 0 18px;font-size:14px;line-height:20px;font-weight:600;color:#5b6270\">{}</p>\n",
            escape(&words.sender)
        ));
    }
    for paragraph in
        clean::lines(words.body).split("\n\n").map(|part| part.trim_matches('\n')).filter(|p| !p.is_empty())
    {
        let lines: Vec<_> = paragraph.lines().map(line).collect();
        card.push_str(&format!(
            "<p class=\"text\" style=\"margin:0 0 16px;font-size:16px;line-height:25px;color:#1d2129\">{}</p>\n",
            lines.join("<br>\n")
        ));
    }
    card.push_str(&words.answer.as_ref().map(button).unwrap_or_default());
    let footer = words.stop.as_ref().map(footer).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f2f4f7;{FONT};-webkit-text-size-adjust:100%\">\n\
         <table role=\"presentation\" class=\"page\" width=\"100%\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" \
         style=\"background:#f2f4f7\">\n<tr>\n<td align=\"center\" style=\"padding:24px 12px;{FONT}\">\n\
         <table role=\"presentation\" width=\"100%\" cellspacing=\"0\" cellpadding=\"0\" border=\"0\" \
         style=\"max-width:560px;text-align:left\">\n\
         <tr>\n<td class=\"card\" style=\"padding:30px 32px;background:#ffffff;border:1px solid #e1e5eb;border-radius:12px;\
         overflow-wrap:anywhere;word-break:break-word\">\n{card}</td>\n</tr>\n{footer}</table>\n\
         </td>\n</tr>\n</table>\n</body>\n</html>\n"
    )
}

fn button(answer: &Web) -> String {
    format!(
        "<p style=\"margin:26px 0 10px\"><a class=\"button\" href=\"{}\" style=\"display:inline-block;padding:13px 26px;\
         background:#1f5fd0;border-radius:8px;color:#ffffff;font-size:16px;line-height:22px;font-weight:600;\
         text-align:center;text-decoration:none\">{}</a></p>\n",
        escape(&answer.url),
        escape(&answer.label)
    )
}

fn footer(stop: &Web) -> String {
    format!(
        "<tr>\n<td class=\"quiet\" style=\"padding:16px 32px;font-size:13px;line-height:19px;color:#5b6270\">\
         <a class=\"quiet\" href=\"{}\" style=\"color:#5b6270;text-decoration:underline\">{}</a></td>\n</tr>\n",
        escape(&stop.url),
        escape(&stop.label)
    )
}

fn line(text: &str) -> String {
    let of = |piece| match piece {
        Piece::Words(words) => escape(words),
        Piece::Link(written, url) => {
            let (url, written) = (escape(&url), escape(written));
            format!("<a class=\"link\" href=\"{url}\" style=\"color:#1f5fd0\">{written}</a>")
        }
    };
    pieces(text).into_iter().map(of).collect()
}

/// Text for markup, inside elements and quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_means_anything_in_markup() {
        assert_eq!(escape("a & <b> \"c\" 'd'"), "a &amp; &lt;b&gt; &quot;c&quot; &#39;d&#39;");
    }
}
