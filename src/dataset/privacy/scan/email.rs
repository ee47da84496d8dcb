//! E-mail addresses, as people write them: `local@domain.tld`.

use std::ops::Range;

/// Longest part before the `@` (RFC 5321).
const MAX_LOCAL: usize = 64;
/// Longest domain.
const MAX_DOMAIN: usize = 253;

/// The address around the `@` at `at`.
pub(super) fn find(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let is_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let before = bytes[..at].iter().rev().take(MAX_LOCAL);
    let mut start = at - before.take_while(|&&byte| is_local(byte)).count();
    // What opens a quotation or a link is no part of the address.
    while start < at && !bytes[start].is_ascii_alphanumeric() {
        start += 1;
    }
    let domain = bytes[at + 1..].iter().take(MAX_DOMAIN);
    let mut end = at + 1 + domain.take_while(|&&byte| is_domain(byte)).count();
    while end > at + 1 && !bytes[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    let is_address = start < at && is_domain_name(&bytes[at + 1..end]);
    is_address.then_some(start..end)
}

/// Labels between points, the last one at least two letters and nothing else.
fn is_domain_name(domain: &[u8]) -> bool {
    let Some(point) = domain.iter().rposition(|&byte| byte == b'.') else { return false };
    let top = &domain[point + 1..];
    let mut labels = domain.split(|&byte| byte == b'.');
    top.len() >= 2
        && top.iter().all(u8::is_ascii_alphabetic)
        && labels.all(|label| !label.is_empty())
}
