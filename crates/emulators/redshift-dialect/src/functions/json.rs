//! JSON in text.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::answer::Answer;

/// `(json, path as a JSON array of texts, mode)`: the text at the path. What is missing is an empty text for a path,
/// and so is JSON null; an array's missing element is NULL. `lenient` in the mode makes invalid JSON NULL.
pub(super) fn path(arguments: &[&str]) -> Answer {
    let [json, path, mode] = arguments else { return Ok(None) };
    let lenient = mode.ends_with("lenient");
    let element = mode.starts_with("element");
    let steps: Vec<String> = serde_json::from_str(path).map_err(|e| e.to_string())?;
    let Ok(mut current) = serde_json::from_str::<&RawValue>(json) else {
        return if lenient { Ok(None) } else { Err("JSON parsing error".into()) };
    };
    let missing = || Ok((!element).then(String::new));
    for step in &steps {
        let next = if element || current.get().starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(current.get()).unwrap_or_default();
            step.parse::<usize>().ok().and_then(|at| items.get(at).copied())
        } else {
            let fields: HashMap<String, &RawValue> = serde_json::from_str(current.get()).unwrap_or_default();
            fields.get(step.as_str()).copied()
        };
        match next {
            Some(value) => current = value,
            None => return missing(),
        }
    }
    match current.get() {
        "null" => missing(),
        text if text.starts_with('"') => serde_json::from_str(text).map(Some).map_err(|e| e.to_string()),
        text => Ok(Some(text.to_string())),
    }
}

/// All scalars of nested arrays, in order, as one array.
pub(super) fn flatten(arguments: &[&str]) -> Answer {
    let [json] = arguments else { return Ok(None) };
    let mut found = Vec::new();
    collect(json, &mut found)?;
    Ok(Some(format!("[{}]", found.join(","))))
}

fn collect(json: &str, found: &mut Vec<String>) -> Result<(), String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|e| e.to_string())?;
    for item in items {
        if item.get().starts_with('[') {
            collect(item.get(), found)?;
        } else {
            found.push(item.get().to_string());
        }
    }
    Ok(())
}
