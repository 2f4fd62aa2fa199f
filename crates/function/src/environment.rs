//! The settings of a function, from its environment.

use std::path::PathBuf;

/// Characters of a wrong value that an error shows.
const SHOWN: usize = 80;

type Lookup<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// Reads variables, and collects what is missing or wrong: all of it is reported at once.
///
/// Blanks around a value do not count; a variable without a value counts as absent.
pub struct Environment<'a> {
    lookup: Lookup<'a>,
    problems: Vec<String>,
}

/// A variable that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its value, with the blanks around it.
    pub value: Option<String>,
}

/// What is wrong with the environment, one line per variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment is not complete: {}", .0.join("; "))]
pub struct EnvironmentError(pub Vec<String>);

/// A variable of the process. Blanks around a value do not count; a variable without a value counts as absent.
pub fn variable(name: &str) -> Option<String> {
    trimmed(std::env::var(name).ok()?)
}

impl Environment<'static> {
    /// The environment of the process.
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }
}

impl<'a> Environment<'a> {
    /// Another environment than that of the process.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { lookup: Box::new(lookup), problems: Vec::new() }
    }

    /// A variable that may be absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        trimmed((self.lookup)(name)?)
    }

    /// A variable that must be there; `what` describes it to whoever must set it.
    pub fn required(&mut self, name: &str, what: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problem(format!("{name} is not set: {what}"));
            String::new()
        })
    }

    /// A whole number from 1 to `most`; `default` if it is absent.
    pub fn number(&mut self, name: &str, default: u64, most: u64) -> u64 {
        let Some(text) = self.optional(name) else { return default };
        match text.parse::<u64>() {
            Ok(number) if (1..=most).contains(&number) => number,
            _ => {
                self.problem(format!("{name} is {}: set a whole number from 1 to {most}", shown(&text)));
                default
            }
        }
    }

    /// `true` or `false`; `false` if it is absent.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.optional(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(text) => {
                self.problem(format!("{name} is {}: set `true` or `false`", shown(text)));
                false
            }
        }
    }

    /// A variable exactly as it is, for settings in which every character counts.
    pub fn variable(&self, name: &'static str) -> Variable {
        Variable { name, value: (self.lookup)(name).filter(|value| !value.trim().is_empty()) }
    }

    /// `LANDFALL_PIPELINES`: the folder of pipelines; `/opt/pipelines`, where the layer has it, if absent.
    pub fn pipelines_folder(&self) -> PathBuf {
        self.optional("LANDFALL_PIPELINES").unwrap_or_else(|| "/opt/pipelines".to_owned()).into()
    }

    /// Adds what is wrong otherwise.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The settings, if nothing is wrong with the variables that they are made of.
    ///
    /// # Errors
    /// Every variable that is missing or wrong, by name.
    pub fn checked<T>(self, settings: T) -> Result<T, EnvironmentError> {
        self.checked_some(Some(settings))
    }

    /// As `checked`, for settings that are none where a problem was added.
    ///
    /// # Errors
    /// As `checked`.
    pub fn checked_some<T>(self, settings: Option<T>) -> Result<T, EnvironmentError> {
        match settings {
            Some(settings) if self.problems.is_empty() => Ok(settings),
            _ => Err(EnvironmentError(self.problems)),
        }
    }
}

fn trimmed(value: String) -> Option<String> {
    let text = value.trim();
    if text.is_empty() {
        return None;
    }
    Some(if text.len() == value.len() { value } else { text.to_owned() })
}

/// The beginning of a value, escaped.
fn shown(text: &str) -> String {
    let begin: String = text.chars().take(SHOWN).collect();
    let more = if begin.len() < text.len() { "..." } else { "" };
    format!("{begin:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &'static [(&'static str, &'static str)]) -> Environment<'static> {
        Environment::new(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn values_are_read_without_the_blanks_around_them() {
        let mut environment = of(&[("A", " lake\n"), ("N", "7"), ("F", "true"), ("E", "  "), ("K", " key ")]);
        assert_eq!(environment.required("A", "the bucket"), "lake");
        assert_eq!((environment.number("N", 1, 10), environment.number("M", 3, 10)), (7, 3));
        assert_eq!((environment.flag("F"), environment.flag("G")), (true, false));
        assert_eq!((environment.optional("E"), environment.optional("X")), (None, None));
        assert_eq!(environment.variable("K").value.as_deref(), Some(" key "));
        assert_eq!(environment.variable("E").value, None);
        assert_eq!(environment.pipelines_folder(), PathBuf::from("/opt/pipelines"));
        assert_eq!(environment.checked(5), Ok(5));
    }

    #[test]
    fn everything_that_is_wrong_is_reported_at_once() {
        let mut environment = of(&[("N", "11"), ("M", "x\u{1b}"), ("F", "yes"), ("E", "")]);
        environment.required("E", "the bucket of the lake");
        environment.number("N", 1, 10);
        environment.number("M", 1, 10);
        environment.flag("F");
        environment.problem("A and B are both set: remove one");
        assert_eq!(
            environment.checked(()).unwrap_err().to_string(),
            "the environment is not complete: E is not set: the bucket of the lake; \
             N is \"11\": set a whole number from 1 to 10; M is \"x\\u{1b}\": set a whole number from 1 to 10; \
             F is \"yes\": set `true` or `false`; A and B are both set: remove one"
        );
        assert!(shown(&"é".repeat(5000)).len() < 200);
    }
}
