//! Who is to become a prospect, and what stands against it.

use super::super::{
    Switches,
    change::Desk,
    input::{Fields, Given},
    number,
    problem::Problem,
    reference,
};
use crate::sandbox::world::{Bid, Reference};

/// What a body asks to add.
pub(super) struct Candidate {
    pub(super) backer: Backer,
    pub(super) references: Vec<Reference>,
}

/// Whom a prospect stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Backer {
    Contact(u64),
    Company(u64),
}

/// Why somebody is not added.
#[derive(Debug)]
pub(super) enum Flaw {
    /// Neither or both ids, or references that are none.
    Malformed(Problem),
    /// An id that is no number.
    MalformedId(&'static str),
    /// The same contact or company earlier in the batch.
    Repeated,
    /// Another prospect of the project, or an earlier one of the batch, has the reference.
    TakenReference,
    /// Already a prospect of the project.
    Present,
    /// No such contact or company, or a deleted one.
    Unknown,
    /// Marked as not to be approached.
    Blocked,
}

impl Candidate {
    /// Reads one body of R2, in which a null says as much as nothing (assumed).
    pub(super) fn read(fields: Fields) -> Result<Self, Flaw> {
        let fields = fields.without_nulls();
        let id = |name| fields.text(name).map(Given::value).map_err(Flaw::Malformed);
        let (contact, company) = (id("contactId")?, id("companyId")?);
        let number = |name, text: &str| number(text).ok_or(Flaw::MalformedId(name));
        let backer = match (contact, company) {
            (Some(contact), None) => Backer::Contact(number("contactId", &contact)?),
            (None, Some(company)) => Backer::Company(number("companyId", &company)?),
            (None, None) | (Some(_), Some(_)) => {
                let detail = "exactly one of contactId and companyId is to be given";
                return Err(Flaw::Malformed(Problem::invalid("contactId", detail)));
            }
        };
        let references = reference::read(&fields).map_err(Flaw::Malformed)?;
        Ok(Self {
            backer,
            references: references.unwrap_or_default(),
        })
    }
}

impl Backer {
    fn is_blocked(self, switches: &Switches) -> bool {
        match self {
            Self::Contact(id) => switches.blocked_contacts.contains(&id.to_string()),
            Self::Company(id) => switches.blocked_companies.contains(&id.to_string()),
        }
    }
}

impl Flaw {
    /// In one sentence.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Malformed(problem) => problem.detail().to_owned(),
            Self::MalformedId(name) => format!("{name} must be a string of digits"),
            Self::Repeated => "repeated in this batch".to_owned(),
            Self::TakenReference => "another prospect has this reference".to_owned(),
            Self::Present => "already in this project".to_owned(),
            Self::Unknown => "no such contact or company".to_owned(),
            Self::Blocked => "blocked".to_owned(),
        }
    }
}

/// The answer to a single addition; the 400 of a malformed id and the 422 of a blocked investor are
/// assumed.
impl From<Flaw> for Problem {
    fn from(flaw: Flaw) -> Self {
        let message = flaw.message();
        match flaw {
            Flaw::Malformed(problem) => problem,
            Flaw::MalformedId(name) => Self::invalid(name, message),
            Flaw::Repeated | Flaw::TakenReference | Flaw::Present => Self::conflict(message),
            Flaw::Unknown => Self::not_found(),
            Flaw::Blocked => Self::unprocessable(message),
        }
    }
}

impl Desk<'_> {
    /// What stands against a backer on a project.
    pub(super) fn check_backer(&self, deal: u64, backer: Backer) -> Result<(), Flaw> {
        let (is_company, id) = match backer {
            Backer::Contact(id) => (false, id),
            Backer::Company(id) => (true, id),
        };
        let investor = self.world.investor(is_company, id);
        if investor.is_none_or(|investor| investor.deleted_at.is_some()) {
            return Err(Flaw::Unknown);
        }
        if backer.is_blocked(&self.switches) {
            return Err(Flaw::Blocked);
        }
        let known = match backer {
            Backer::Contact(id) => self.index.prospects_of_contact.get(&id),
            Backer::Company(id) => self.index.prospects_of_company.get(&id),
        };
        let bids = known.into_iter().flatten();
        let mut bids = bids.filter_map(|id| self.world.bid(*id));
        // A firm may stand beside its own people: only itself is in its way.
        let is_same = |bid: &Bid| is_company == bid.person.is_none();
        match bids.any(|bid| bid.deal == deal && bid.deleted_at.is_none() && is_same(bid)) {
            true => Err(Flaw::Present),
            false => Ok(()),
        }
    }

    /// Errors: [`Flaw::TakenReference`] where another prospect of the project has one of the names.
    pub(super) fn check_references(
        &self,
        deal: u64,
        references: &[Reference],
        own: Option<u64>,
    ) -> Result<(), Flaw> {
        let shelf = self.index.prospects(deal);
        match shelf.is_taken(references, own) {
            true => Err(Flaw::TakenReference),
            false => Ok(()),
        }
    }

    /// Makes the prospect and gives its id.
    pub(super) fn add(&mut self, deal: u64, candidate: Candidate) -> u64 {
        let id = self.next_bid();
        let (person, company) = match candidate.backer {
            Backer::Contact(person) => {
                let investor = self.world.investor(false, person);
                (Some(person), investor.and_then(|person| person.company))
            }
            Backer::Company(company) => (None, Some(company)),
        };
        self.keep_bid(Bid {
            id,
            deal,
            person,
            company,
            classification: super::STAGES[0],
            teaser_deadline: None,
            teaser_accepted: None,
            references: candidate.references,
            created_at: self.now,
            updated_at: self.now,
            deleted_at: None,
        });
        id
    }
}
