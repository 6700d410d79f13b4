//! Why a query was turned away, in words for its author. Holds none of the query's own text but a short name: an answer
//! must stay short whatever was sent, and must not carry it back.

use async_graphql::Pos;
use async_graphql::parser::Error as ParseError;

/// The gate's "no": always the caller's mistake, and always `BAD_REQUEST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which rule was broken.
    pub reason: Reason,
    /// Where in the text, as far as one place can be named.
    pub at: Option<Pos>,
}

/// The rules of the gate. A figure is the limit that was passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// More bytes than allowed.
    Bytes(usize),
    /// More tokens than allowed.
    Tokens(usize),
    /// Brackets opened within one another more deeply than allowed.
    Brackets(usize),
    /// More `@` than allowed.
    Directives(usize),
    /// More `...` than allowed.
    Spreads(usize),
    /// A string that runs to the end of its line, or a block string that runs to the end of the text.
    UnclosedString,
    /// Not GraphQL; with what the grammar expected instead, in its own words.
    Syntax(Option<String>),
    /// A document of fragments only.
    NoOperation,
    /// An operation without a name that is not the only one.
    AnonymousNotAlone,
    /// Two operations of one name.
    OperationTwice,
    /// Two fragments of one name.
    FragmentTwice,
    /// More operations than allowed.
    Operations(usize),
    /// A fragment that spreads itself, directly or through others.
    FragmentCycle,
    /// Selections and fragments within one another more deeply than allowed.
    Nesting(u32),
    /// More fields than allowed, fragments written out.
    Fields(u32),
    /// Fields below one another more deeply than allowed.
    Depth(u32),
    /// More introspection fields than allowed.
    IntrospectionFields(u32),
    /// Introspection fields below one another more deeply than allowed.
    IntrospectionDepth(u32),
    /// Introspection that multiplies its lists too often.
    IntrospectionCost,
    /// A root field that may occur once occurs again.
    Once(&'static str),
    /// A subscription to none or to several fields.
    SubscriptionRoots,
    /// An operation that costs more than allowed, with the variables it came with.
    Cost {
        /// What it costs.
        cost: u64,
        /// What it may cost.
        limit: u64,
    },
    /// A variable whose value does not fit: where in it, and what was expected.
    Variable(String),
    /// An instant or a day of a year before 1 or after 9999.
    Year,
    /// A text that does not have the hash it was announced with.
    HashMismatch,
}

impl Reason {
    /// Turns the reason into a refusal at one place of the text.
    pub(super) fn at(self, place: Pos) -> Refused {
        Refused {
            reason: self,
            at: Some(place),
        }
    }

    /// Turns the reason into a refusal of the text as a whole.
    pub(super) fn anywhere(self) -> Refused {
        Refused {
            reason: self,
            at: None,
        }
    }
}

impl Refused {
    /// One English sentence for the author of the query, under 200 bytes.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.reason {
            Reason::Bytes(limit) => format!("The query text is longer than {limit} bytes."),
            Reason::Tokens(limit) => format!("The query has more than {limit} tokens."),
            Reason::Brackets(limit) => {
                format!("Brackets are nested more than {limit} levels deep.")
            }
            Reason::Directives(limit) => format!("The query has more than {limit} directives."),
            Reason::Spreads(limit) => format!("The query has more than {limit} fragment spreads."),
            Reason::UnclosedString => "A string is not closed.".to_owned(),
            Reason::Syntax(None) => "The query is not valid GraphQL.".to_owned(),
            Reason::Syntax(Some(hint)) => format!("The query is not valid GraphQL: {hint}."),
            Reason::NoOperation => "The query has no operation.".to_owned(),
            Reason::AnonymousNotAlone => {
                "An operation without a name must be the only one.".to_owned()
            }
            Reason::OperationTwice => "Two operations have the same name.".to_owned(),
            Reason::FragmentTwice => "Two fragments have the same name.".to_owned(),
            Reason::Operations(limit) => format!("The query has more than {limit} operations."),
            Reason::FragmentCycle => "A fragment spreads itself.".to_owned(),
            Reason::Nesting(limit) => {
                format!("Selections and fragments are nested more than {limit} levels deep.")
            }
            Reason::Fields(limit) => {
                format!("The operation selects more than {limit} fields, fragments written out.")
            }
            Reason::Depth(limit) => {
                format!("The operation selects fields more than {limit} levels deep.")
            }
            Reason::IntrospectionFields(limit) => {
                format!("The operation selects more than {limit} introspection fields.")
            }
            Reason::IntrospectionDepth(limit) => {
                format!("The operation selects introspection fields more than {limit} levels deep.")
            }
            Reason::IntrospectionCost => {
                "The operation multiplies the lists of introspection too often.".to_owned()
            }
            Reason::Once(field) => format!("{field} may be selected only once per request."),
            Reason::SubscriptionRoots => {
                "A subscription selects exactly one field, and not __typename.".to_owned()
            }
            Reason::Cost { cost, limit } => {
                format!(
                    "The operation would cost {cost}, and {limit} is allowed: ask for smaller pages."
                )
            }
            Reason::Variable(misfit) => format!("A variable does not fit. {misfit}."),
            Reason::Year => "Years go from 1 to 9999.".to_owned(),
            Reason::HashMismatch => "The hash is not that of the query.".to_owned(),
        }
    }
}

/// The parser's own words repeat the offending line, which may be the whole text; these do not.
impl From<ParseError> for Refused {
    fn from(error: ParseError) -> Self {
        let at = error.positions().next();
        let reason = match error {
            ParseError::Syntax { message, .. } => Reason::Syntax(hint(&message)),
            ParseError::MultipleOperations { .. } => Reason::AnonymousNotAlone,
            ParseError::OperationDuplicated { .. } => Reason::OperationTwice,
            ParseError::FragmentDuplicated { .. } => Reason::FragmentTwice,
            ParseError::MissingOperation => Reason::NoOperation,
            _ => Reason::Syntax(None),
        };
        Self { reason, at }
    }
}

/// What the grammar expected: the last line of the parser's message, which consists of names from the grammar. Anything
/// that could be text from the query leaves no hint at all.
fn hint(message: &str) -> Option<String> {
    let names = message.lines().last()?.trim_start().strip_prefix("= ")?;
    let from_the_grammar = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '_' | ',' | ';');
    (names.len() <= 120 && names.chars().all(from_the_grammar))
        .then(|| names.replace("type_", "type").replace('_', " "))
}
