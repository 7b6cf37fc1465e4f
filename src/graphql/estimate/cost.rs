//! What each field asks for, and how many calls what is asked for can take: two flat tables.
//!
//! They follow `loader`, which must be read beside them: [`Load::most_calls`] says what its loaders
//! do at worst, [`TABLE`] which of them each resolver asks for how much. Every resolver that takes
//! the context stands in [`TABLE`] or in `FREE`; a test holds that.

use crate::{
    graphql::connection::MOST,
    loader::{self, page, property, protocol, sweep},
    model::System,
    upstream::{propstack, propstreet},
    write::{MOST_ATTEMPTS, document},
};

/// How long lists are taken to be that neither an argument nor a loader bounds, in rows or in pages
/// of the size in which they are read. An account that has more may be asked more often than
/// estimated.
mod longest {
    /// Contacts, and their ties to properties: 20 000.
    pub const CONTACT_PAGES: u64 = 100;
    /// Projects, profiles, persons and firms: 10 000 of each.
    pub const PROPSTREET_PAGES: u64 = 20;
    pub const DEVELOPMENTS: u64 = 100;
    pub const CONTACTS_OF_A_PROTOCOL: u64 = 4;
    /// Propstreet shows one so far.
    pub const PROFILES_OF_A_PROJECT: u64 = 2;
    /// One of its own and one of its development.
    pub const PROJECTS_OF_A_PROPERTY: u64 = 2;
    /// Prospects that one mutation imports: 10 000, in batches.
    pub const IMPORTED: u64 = 100;
    /// Prospects that one mutation classifies: 1 000, in batches.
    pub const CLASSIFIED: u64 = 10;
}

/// To add a file: what is there of it, one request, and a search.
const FILED: u64 = 2 + document::MOST_PAGES as u64;

/// What is loaded, by how many calls it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// Anything of Propstack that takes a call of its own.
    Propstack,
    Properties,
    PropertiesOfObjects,
    Contacts,
    ContactsByEmail,
    TiesOfContacts,
    PropertyStatuses,
    ContactStatuses,
    Brokers,
    Developments,
    /// Anything of deep.rent that takes a call of its own.
    DeepRent,
    ProtocolDirectory,
    Pdfs,
    /// Anything of Propstreet that takes a call of its own.
    Propstreet,
    Projects,
    ProjectsByReference,
    Profiles,
    Prospects,
    Investors,
    InvestorsByReference,
}

impl Load {
    pub(super) const ALL: [Self; 20] = [
        Self::Propstack,
        Self::Properties,
        Self::PropertiesOfObjects,
        Self::Contacts,
        Self::ContactsByEmail,
        Self::TiesOfContacts,
        Self::PropertyStatuses,
        Self::ContactStatuses,
        Self::Brokers,
        Self::Developments,
        Self::DeepRent,
        Self::ProtocolDirectory,
        Self::Pdfs,
        Self::Propstreet,
        Self::Projects,
        Self::ProjectsByReference,
        Self::Profiles,
        Self::Prospects,
        Self::Investors,
        Self::InvestorsByReference,
    ];

    pub(super) fn system(self) -> System {
        match self {
            Self::Propstack
            | Self::Properties
            | Self::PropertiesOfObjects
            | Self::Contacts
            | Self::ContactsByEmail
            | Self::TiesOfContacts
            | Self::PropertyStatuses
            | Self::ContactStatuses
            | Self::Brokers
            | Self::Developments => System::Propstack,
            Self::DeepRent | Self::ProtocolDirectory | Self::Pdfs => System::DeepRent,
            Self::Propstreet
            | Self::Projects
            | Self::ProjectsByReference
            | Self::Profiles
            | Self::Prospects
            | Self::Investors
            | Self::InvestorsByReference => System::Propstreet,
        }
    }

    /// The most calls that `keys` keys can take which come in `batches` batches.
    pub(super) fn most_calls(self, keys: u64, batches: u64) -> u64 {
        let twice = keys.saturating_mul(2);
        let swept = |pages| sweep::most_calls(keys, batches, pages);
        match self {
            Self::Propstack | Self::DeepRent | Self::Propstreet => keys,
            // A bundle that is not full in each batch.
            Self::Properties => (keys / property::IDS_PER_CALL as u64 + batches).min(keys),
            // Each object by its id and by its postal code, or the whole list if that is no longer.
            // All postal codes together have no more further pages than the whole list has.
            Self::PropertiesOfObjects => {
                let pages = property::MOST_PAGES as u64;
                let whole = batches.saturating_mul(pages);
                twice.min(whole) + whole + batches
            }
            Self::Contacts => swept(longest::CONTACT_PAGES),
            // A page to see how long the list is, then one for each address unless it is shorter.
            Self::ContactsByEmail => keys + batches,
            Self::TiesOfContacts if keys <= 2 => keys,
            // As many pages as there would be look-ups, and the look-ups where the list goes on.
            Self::TiesOfContacts => twice.min(batches.saturating_mul(2 * longest::CONTACT_PAGES)),
            Self::PropertyStatuses | Self::ContactStatuses | Self::Brokers | Self::Developments => {
                keys.min(1)
            }
            Self::ProtocolDirectory => keys.min(1) * protocol::MOST_PAGES as u64,
            Self::Pdfs => keys.min(loader::MOST_PDFS as u64),
            Self::Projects
            | Self::ProjectsByReference
            | Self::Profiles
            | Self::InvestorsByReference => swept(longest::PROPSTREET_PAGES),
            // Persons and firms are two lists.
            Self::Investors => twice.min(swept(longest::PROPSTREET_PAGES).saturating_mul(2)),
            // Swept in each project apart, whose prospects are taken to be on one page: up to two are
            // looked up there, more are read from that page.
            Self::Prospects => keys,
        }
    }
}

/// What a field asks a loader for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    pub(super) load: Load,
    pub(super) keys: Keys,
    pub(super) when: When,
}

/// How many keys are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys {
    /// So many for each record that has the field.
    Owner(u64),
    /// One for each row of its list.
    Row,
    /// One for each global id of this type among its arguments.
    Id(&'static str),
}

/// On what it depends whether a field asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Always,
    /// It resumes a list: then one page may not hold all.
    Resumes,
    /// This argument has one of these members.
    Has(&'static str, &'static [&'static str]),
}

/// A row of the table: fields of one type that ask for the same.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) on: &'static str,
    pub(super) fields: &'static [&'static str],
    /// The most records that each of them leads to; less where `first` or `ids` say so.
    pub(super) most: u64,
    /// In how many groups these come, each with batches of its own for what they lead to.
    pub(super) waves: u64,
    pub(super) asks: &'static [Ask],
}

impl Row {
    const fn in_waves(self, waves: u64) -> Self {
        Self { waves, ..self }
    }

    /// Whether two of its fields on one record, or one twice, ask once: loaders remember single
    /// records. Lists may be asked for with other arguments or in another form, and roots load by
    /// themselves.
    pub(super) fn is_remembered(&self) -> bool {
        self.most == 1 && !["Query", "Mutation"].contains(&self.on)
    }
}

/// Fields that lead to one record each.
const fn one(on: &'static str, fields: &'static [&'static str], asks: &'static [Ask]) -> Row {
    list(on, fields, 1, asks)
}

/// A page of a list.
const fn page(on: &'static str, fields: &'static [&'static str], asks: &'static [Ask]) -> Row {
    list(on, fields, MOST as u64, asks)
}

/// A list with at most so many rows, by arguments or without.
const fn list(
    on: &'static str,
    fields: &'static [&'static str],
    most: u64,
    asks: &'static [Ask],
) -> Row {
    let waves = 1;
    Row {
        on,
        fields,
        most,
        waves,
        asks,
    }
}

const fn ask(load: Load) -> Ask {
    times(1, load)
}

const fn times(keys: u64, load: Load) -> Ask {
    Ask {
        load,
        keys: Keys::Owner(keys),
        when: When::Always,
    }
}

const fn each_row(load: Load) -> Ask {
    Ask {
        keys: Keys::Row,
        ..ask(load)
    }
}

const fn each_id(of: &'static str, load: Load) -> Ask {
    Ask {
        keys: Keys::Id(of),
        ..ask(load)
    }
}

/// One more call where a list is resumed.
const fn resumed(load: Load) -> Ask {
    Ask {
        when: When::Resumes,
        ..ask(load)
    }
}

/// As many more as a list is read on for what the upstream cannot select.
const fn filtered(by: &'static [&'static str], load: Load) -> Ask {
    with("filter", by, times(page::MOST_PAGES as u64 - 1, load))
}

const fn by(names: &'static [&'static str], load: Load) -> Ask {
    with("by", names, ask(load))
}

/// Only when an argument has one of these members.
const fn with(argument: &'static str, members: &'static [&'static str], ask: Ask) -> Ask {
    Ask {
        when: When::Has(argument, members),
        ..ask
    }
}

/// One record of any kind that can be linked.
const LINKABLE: &[Ask] = &[
    ask(Load::Properties),
    ask(Load::Contacts),
    ask(Load::ProtocolDirectory),
    ask(Load::Projects),
    ask(Load::Profiles),
    ask(Load::Prospects),
    ask(Load::Investors),
];

/// Every field that asks for something.
pub(super) const TABLE: &[Row] = &[
    // The roots that read.
    list(
        "Query",
        &["node", "nodes"],
        MOST as u64,
        &[
            each_id("Property", Load::Properties),
            each_id("Contact", Load::Contacts),
            each_id("Document", Load::Propstack),
            each_id("Development", Load::Developments),
            each_id("Protocol", Load::ProtocolDirectory),
            each_id("Project", Load::Projects),
            each_id("PropertyProfile", Load::Profiles),
            each_id("Prospect", Load::Prospects),
            each_id("Investor", Load::Investors),
        ],
    ),
    one(
        "Query",
        &["property"],
        &[
            by(&["id", "upstreamId"], Load::Properties),
            by(&["reference"], Load::Propstack),
        ],
    ),
    page(
        "Query",
        &["properties"],
        &[
            ask(Load::Propstack),
            resumed(Load::Propstack),
            // Text and postal code only for viewers who may not see hidden addresses.
            filtered(
                &[
                    "kinds",
                    "updatedSince",
                    "price",
                    "coldRent",
                    "text",
                    "postalCode",
                ],
                Load::Propstack,
            ),
        ],
    ),
    list(
        "Query",
        &["developments"],
        longest::DEVELOPMENTS,
        &[ask(Load::Developments)],
    ),
    one(
        "Query",
        &["propertyStatuses"],
        &[ask(Load::PropertyStatuses)],
    ),
    one("Query", &["brokers"], &[ask(Load::Brokers)]),
    one(
        "Query",
        &["contact"],
        &[
            by(&["id", "upstreamId"], Load::Contacts),
            by(&["email"], Load::ContactsByEmail),
        ],
    ),
    page(
        "Query",
        &["contacts"],
        &[
            ask(Load::Propstack),
            resumed(Load::Propstack),
            filtered(&["updatedSince"], Load::Propstack),
            with("filter", &["kinds"], ask(Load::ContactStatuses)),
        ],
    ),
    one("Query", &["protocol"], &[ask(Load::ProtocolDirectory)]),
    page(
        "Query",
        &["protocols"],
        &[
            ask(Load::DeepRent),
            resumed(Load::DeepRent),
            filtered(
                &[
                    "cause",
                    "contactEmail",
                    "tags",
                    "createdSince",
                    "createdBefore",
                ],
                Load::DeepRent,
            ),
            with("filter", &["propertyId"], ask(Load::Properties)),
            with("filter", &["propertyId"], ask(Load::ProtocolDirectory)),
        ],
    ),
    one(
        "Query",
        &["project"],
        &[
            by(&["id", "upstreamId"], Load::Projects),
            by(&["externalReference"], Load::ProjectsByReference),
        ],
    ),
    page(
        "Query",
        &["projects"],
        &[ask(Load::Propstreet), resumed(Load::Propstreet)],
    ),
    one(
        "Query",
        &["prospect"],
        &[
            by(&["id"], Load::Prospects),
            by(&["externalReference"], Load::Propstreet),
        ],
    ),
    one("Query", &["investor"], &[ask(Load::Investors)]),
    page(
        "Query",
        &["investors"],
        &[
            // Persons and firms.
            times(2, Load::Propstreet),
            resumed(Load::Propstreet),
            filtered(&["text"], Load::Propstreet),
        ],
    ),
    page(
        "Query",
        &["associatedProjects"],
        &[ask(Load::Propstreet), resumed(Load::Propstreet)],
    ),
    // Links.
    one("Property", &["broker"], &[ask(Load::Brokers)]),
    one("Property", &["development"], &[ask(Load::Developments)]),
    // Where the property came flat, its full form.
    page("Property", &["documents"], &[ask(Load::Properties)]),
    page(
        "Property",
        &["contacts"],
        &[ask(Load::Properties), each_row(Load::Contacts)],
    ),
    page("Property", &["protocols"], &[ask(Load::ProtocolDirectory)]),
    list(
        "Property",
        &["projects"],
        longest::PROJECTS_OF_A_PROPERTY,
        &[times(2, Load::ProjectsByReference)],
    ),
    page(
        "Development",
        &["properties"],
        &[ask(Load::Propstack), resumed(Load::Propstack)],
    ),
    one("Contact", &["status"], &[ask(Load::ContactStatuses)]),
    one("Contact", &["roles"], &[ask(Load::TiesOfContacts)]),
    // Some contacts bring their ties along, the others' are loaded first.
    page(
        "Contact",
        &["properties"],
        &[ask(Load::TiesOfContacts), each_row(Load::Properties)],
    )
    .in_waves(2),
    page("Contact", &["protocols"], &[ask(Load::ProtocolDirectory)]),
    page(
        "Contact",
        &["prospects"],
        &[
            ask(Load::InvestorsByReference),
            ask(Load::Propstreet),
            resumed(Load::Propstreet),
            each_row(Load::Prospects),
        ],
    ),
    one("Protocol", &["pdf"], &[ask(Load::Pdfs)]),
    one(
        "Protocol",
        &["property", "propertyMatch"],
        &[ask(Load::PropertiesOfObjects), ask(Load::Properties)],
    ),
    list(
        "Protocol",
        &["contacts"],
        longest::CONTACTS_OF_A_PROTOCOL,
        &[],
    ),
    one(
        "ProtocolContact",
        &["contact"],
        &[ask(Load::ContactsByEmail)],
    ),
    page(
        "Project",
        &["prospects"],
        &[ask(Load::Propstreet), resumed(Load::Propstreet)],
    ),
    list(
        "Project",
        &["profiles"],
        longest::PROFILES_OF_A_PROJECT,
        &[ask(Load::Propstreet)],
    ),
    // Those of a development are a list, a single one is looked up.
    page(
        "Project",
        &["properties"],
        &[
            ask(Load::Propstack),
            resumed(Load::Propstack),
            // Without a reference, what its profile describes.
            ask(Load::Profiles),
            ask(Load::PropertiesOfObjects),
        ],
    )
    .in_waves(2),
    one(
        "PropertyProfile",
        &["property", "propertyMatch"],
        &[ask(Load::Properties), ask(Load::PropertiesOfObjects)],
    ),
    one("Prospect", &["project"], &[ask(Load::Projects)]),
    one("Prospect", &["investor"], &[ask(Load::Investors)]),
    one(
        "Prospect",
        &["contact", "contactMatch"],
        &[ask(Load::Investors), ask(Load::Contacts)],
    ),
    one("AssociatedProject", &["project"], &[ask(Load::Projects)]),
    one("AssociatedProject", &["prospect"], &[ask(Load::Prospects)]),
    one(
        "Investor",
        &["contact", "contactMatch"],
        &[ask(Load::Contacts)],
    ),
    // Writes, each with as many attempts as there may be and the reads between them.
    one(
        "Mutation",
        &[
            "createProject",
            "updateProject",
            "deleteProject",
            "updateProspect",
            "removeProspect",
            "setExternalReference",
            "removeExternalReference",
        ],
        &[times(2 * MOST_ATTEMPTS as u64, Load::Propstreet)],
    ),
    one(
        "Mutation",
        &["addProspect"],
        &[
            ask(Load::Investors),
            ask(Load::Contacts),
            times(3, Load::Propstreet),
        ],
    ),
    one(
        "Mutation",
        &["importProspects"],
        &[
            ask(Load::InvestorsByReference),
            ask(Load::Contacts),
            times(
                longest::PROPSTREET_PAGES + longest::IMPORTED,
                Load::Propstreet,
            ),
        ],
    ),
    one(
        "Mutation",
        &["importProjectFromProperty"],
        &[ask(Load::Properties), times(3, Load::Propstreet)],
    ),
    one("CreatedProspect", &["prospect"], &[ask(Load::Prospects)]),
    // Each of the two.
    one("Mutation", &["linkRecords", "unlinkRecords"], LINKABLE).in_waves(2),
    one("LinkRecordsPayload", &["left", "right"], LINKABLE),
    // Of the systems only what is newer than the index.
    page(
        "Query",
        &["matchSuggestions", "unlinkedRecords"],
        &[
            ask(Load::ProtocolDirectory),
            ask(Load::PropertiesOfObjects),
            ask(Load::ProjectsByReference),
        ],
    ),
    // Whether it is there, the file, and a search for it.
    one(
        "Mutation",
        &["uploadPropertyDocument"],
        &[times(FILED, Load::Propstack)],
    ),
    one(
        "Mutation",
        &["fileProtocolPdf"],
        &[
            ask(Load::ProtocolDirectory),
            ask(Load::PropertiesOfObjects),
            // A link and the file behind it, twice when the link has ended.
            times(4, Load::DeepRent),
            times(FILED, Load::Propstack),
        ],
    ),
    one("Mutation", &["requestProtocolPdf"], &[ask(Load::Pdfs)]),
    one(
        "UploadPropertyDocumentPayload",
        &["document"],
        &[ask(Load::Propstack)],
    ),
    one(
        "FileProtocolPdfPayload",
        &["document"],
        &[ask(Load::Propstack)],
    ),
    one(
        "FileProtocolPdfPayload",
        &["protocol"],
        &[ask(Load::ProtocolDirectory)],
    ),
    one(
        "FileProtocolPdfPayload",
        &["property"],
        &[ask(Load::Properties)],
    ),
    one(
        "Mutation",
        &["classifyProspects"],
        &[times(longest::CLASSIFIED, Load::Propstreet)],
    ),
    one("EtagConflict", &["current"], &[ask(Load::Projects)]),
    // Administration. A check asks each resource that a system has.
    one(
        "Mutation",
        &["connectIntegration", "checkIntegration"],
        &[
            times(propstack::Resource::ALL.len() as u64, Load::Propstack),
            // The key, and two resources of the session.
            times(3, Load::DeepRent),
            times(propstreet::Resource::ALL.len() as u64, Load::Propstreet),
        ],
    ),
    one("Query", &["propstackWebhooks"], &[ask(Load::Propstack)]),
    one("Query", &["propstreetWebhooks"], &[ask(Load::Propstreet)]),
    one(
        "Query",
        &[
            "deepRentApiKeys",
            "deepRentApiKey",
            "deepRentWebhooks",
            "deepRentWebhookEvents",
        ],
        &[ask(Load::DeepRent)],
    ),
    one(
        "Mutation",
        &[
            "createDeepRentApiKey",
            "revokeDeepRentApiKey",
            "createDeepRentWebhook",
            "updateDeepRentWebhook",
            "deleteDeepRentWebhook",
        ],
        &[ask(Load::DeepRent)],
    ),
    one(
        "Mutation",
        &[
            "createPropstreetWebhook",
            "updatePropstreetWebhook",
            "deletePropstreetWebhook",
            "testPropstreetWebhook",
            "replayPropstreetWebhook",
        ],
        &[ask(Load::Propstreet)],
    ),
];

/// Every field whose resolver could ask but does not, or is answered by the store; and fields with
/// arguments that only choose from what is there.
#[cfg(test)]
pub(super) const FREE: &[(&str, &[&str])] = &[
    (
        "Query",
        &[
            "viewer",
            "integrations",
            "accessTokens",
            "auditLog",
            "importJob",
            "importJobs",
            "search",
        ],
    ),
    (
        "Mutation",
        &[
            "disconnectIntegration",
            "createAccessToken",
            "revokeAccessToken",
            // What a job takes, it takes when the request has been answered.
            "startImport",
            "fileProtocolPdfs",
            "cancelImport",
        ],
    ),
    ("ImportJob", &["problems", "etaSeconds"]),
    ("Viewer", &["organization"]),
    ("Integration", &["budget", "lastImport"]),
    ("Freshness", &["servedFrom", "isStale"]),
    ("Property", &["name", "address", "location", "customFields"]),
    ("Development", &["address"]),
    ("PropertyProfile", &["location"]),
    ("ProtocolObject", &["address"]),
    ("Project", &["etag"]),
    ("Prospect", &["etag"]),
];
