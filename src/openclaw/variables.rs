//! `${NAME}` in the strings of a configuration, as OpenClaw's `env-substitution` module reads it.

use serde_json::Value;

use crate::openclaw::environment::Environment;

/// A `${NAME}` at the start of a text.
struct Token<'a> {
    name: &'a str,
    /// It was written `$${NAME}`, and so stands for itself.
    is_escaped: bool,
    /// What follows it.
    rest: &'a str,
}

/// Replaces the variables in all strings below `value`. One that is not set stays as it stands;
/// its name is told to `unset`. `budget` is how many bytes more may be put in; at 0 it ends.
pub(crate) fn substitute(
    value: &mut Value,
    env: &Environment,
    budget: &mut usize,
    unset: &mut dyn FnMut(&str),
) {
    match value {
        Value::String(text) if text.contains('$') => {
            *text = substituted(text, env, budget, unset);
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| substitute(item, env, budget, unset)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| substitute(field, env, budget, unset)),
        _ => {}
    }
}

fn substituted(
    text: &str,
    env: &Environment,
    budget: &mut usize,
    unset: &mut dyn FnMut(&str),
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(token) = token(rest) else {
            out.push('$');
            rest = &rest[1..];
            continue;
        };
        let value = env.value(token.name).filter(|value| !value.is_empty());
        match value {
            Some(value) if !token.is_escaped => {
                *budget = budget.saturating_sub(value.len());
                if *budget == 0 {
                    return out;
                }
                out.push_str(&value.to_string_lossy());
            }
            _ => {
                if !token.is_escaped {
                    unset(token.name);
                }
                out.extend(["${", token.name, "}"]);
            }
        }
        rest = token.rest;
    }
    out + rest
}

/// Whether the text has a `${NAME}` that OpenClaw would replace.
pub(crate) fn has_variable(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = match token(&rest[at..]) {
            Some(token) if !token.is_escaped => return true,
            Some(token) => token.rest,
            None => &rest[at + 1..],
        };
    }
    false
}

/// The token that `text` begins with. A name is upper-case; `${1}` or `${home}` is none.
fn token(text: &str) -> Option<Token<'_>> {
    let (is_escaped, inner) = match text.strip_prefix("$${") {
        Some(inner) => (true, inner),
        None => (false, text.strip_prefix("${")?),
    };
    let (name, rest) = inner.split_once('}')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then_some(Token {
        name,
        is_escaped,
        rest,
    })
}
