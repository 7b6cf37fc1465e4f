//! The endpoints that we read, one method each, and how any call is made; `project.rs` and
//! `prospect.rs` have those that write, `webhook.rs` those of webhooks.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue, IF_MATCH};
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use url::Url;
use uuid::Uuid;

use super::{
    AssociatedQuery, ChangesQuery, Page, ProjectsQuery, ProspectsQuery, Resource, Settings,
    convert, token::Tokens, wire::Envelope,
};
use crate::{
    clock::Clock,
    model::{
        AssociatedProject, ETag, ExternalReference, Fetched, Investor, InvestorId, ProfileId,
        Project, ProjectId, PropertyProfile, Prospect, ProspectId,
    },
    upstream::{
        BaseUrl, Error, Scope, SettingsError, System, Written, flaw, right,
        transport::{Answer, Budget, Call, Method, Transport},
    },
};

/// The most rows that one page holds.
pub const LARGEST_PAGE: u32 = 500;

/// One organisation's Propstreet account. Clones share connections and the token.
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) transport: Transport,
    pub(super) account: Arc<Account>,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) base_url: BaseUrl,
    tokens: Tokens,
}

impl Client {
    /// A client for the account of `settings`.
    ///
    /// Errors: [`SettingsError::UnusableKey`].
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SettingsError> {
        let account = Account {
            tokens: Tokens::new(&settings, clock.clone())?,
            base_url: settings.base_url,
        };
        Ok(Self {
            transport: Transport::new(System::Propstreet, clock, settings.limits, settings.reach),
            account: Arc::new(account),
        })
    }

    /// What the system allows this account, as far as it is known. Nothing is asked for it.
    pub fn budget(&self) -> Budget {
        self.transport.budget()
    }

    /// The same account, on behalf of `scope`.
    pub fn scoped(&self, scope: Scope) -> Self {
        Self {
            transport: self.transport.scoped(scope),
            account: Arc::clone(&self.account),
        }
    }

    /// Lists projects, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`].
    /// Units: prices as stated, exact.
    /// Errors: [`Error`]; a cursor that is none is [`Error::Rejected`].
    /// Source: `GET /projects`; contract P1.
    pub async fn list_projects(
        &self,
        query: &ProjectsQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Page<Arc<Project>>, Error> {
        let mut url = self.account.base_url.at("projects");
        query.write(&mut url);
        self.list("list_projects", url, cursor, page_size, convert::project)
            .await
    }

    /// Finds a project by its id.
    ///
    /// Shape: `None` for one that is deleted, too.
    /// Units: as [`Self::list_projects`].
    /// Errors: [`Error`].
    /// Source: `GET /projects/{id}`; contract P3.
    pub async fn find_project(&self, id: &ProjectId) -> Result<Option<Project>, Error> {
        let path = ["projects", id.key()];
        self.find("find_project", &path, convert::project).await
    }

    /// Finds a project by a name that another system gave to it.
    ///
    /// Shape: the namespace in any letter case, the name letter for letter.
    /// Units: as [`Self::list_projects`].
    /// Errors: [`Error`].
    /// Source: `GET /projects/external/{namespace}/{id}`; contract P6.
    pub async fn find_project_by_reference(
        &self,
        reference: &ExternalReference,
    ) -> Result<Option<Project>, Error> {
        let path = ["projects", "external", &reference.namespace, &reference.id];
        self.find("find_project_by_reference", &path, convert::project)
            .await
    }

    /// Lists the profiles of a project's properties.
    ///
    /// Shape: `None` when there is no such project. At most one profile, so far.
    /// Units: prices as stated, areas with their unit, yields in percent.
    /// Errors: [`Error`].
    /// Source: `GET /projects/{id}/properties`; contract P7.
    pub async fn list_project_profiles(
        &self,
        id: &ProjectId,
    ) -> Result<Option<Vec<PropertyProfile>>, Error> {
        let Some(url) = self
            .account
            .base_url
            .join(&["projects", id.key(), "properties"])
        else {
            return Ok(None);
        };
        let call = || self.transport.get("list_project_profiles", url.clone());
        let Some(answer) = self.send(call, Call::find).await? else {
            return Ok(None);
        };
        let page = answer.json_by(&Envelope::new(|row| Some(convert::profile(row))))?;
        Ok(Some(page.rows))
    }

    /// Lists profiles, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`].
    /// Units: as [`Self::list_project_profiles`].
    /// Errors: [`Error`].
    /// Source: `GET /properties`; contract T1.
    pub async fn list_profiles(
        &self,
        query: &ChangesQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Page<Arc<PropertyProfile>>, Error> {
        let mut url = self.account.base_url.at("properties");
        query.write(&mut url);
        let convert = |row, _| convert::profile(row);
        self.list("list_profiles", url, cursor, page_size, convert)
            .await
    }

    /// Finds a profile by its id.
    ///
    /// Shape: one record.
    /// Units: as [`Self::list_project_profiles`].
    /// Errors: [`Error`].
    /// Source: `GET /properties/{id}`; contract T1.
    pub async fn find_profile(&self, id: &ProfileId) -> Result<Option<PropertyProfile>, Error> {
        let path = ["properties", id.key()];
        let convert = |row, _| convert::profile(row);
        self.find("find_profile", &path, convert).await
    }

    /// Lists the prospects of a project, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`]; `None` when there is no such project.
    /// Units: none.
    /// Errors: [`Error`]; a cursor that is none is [`Error::Rejected`].
    /// Source: `GET /projects/{pid}/prospects`; contract R1.
    pub async fn list_prospects(
        &self,
        project: &ProjectId,
        query: &ProspectsQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Option<Page<Arc<Prospect>>>, Error> {
        let path = ["projects", project.key(), "prospects"];
        let Some(mut url) = self.account.base_url.join(&path) else {
            return Ok(None);
        };
        query.write(&mut url);
        let page = self
            .list("list_prospects", url, cursor, page_size, convert::prospect)
            .await;
        found(page)
    }

    /// Finds a prospect by its id.
    ///
    /// Shape: `None` for one that is deleted, too, or whose project is.
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /projects/{pid}/prospects/{id}`; contract R3.
    pub async fn find_prospect(&self, id: &ProspectId) -> Result<Option<Prospect>, Error> {
        let path = ["projects", id.project.key(), "prospects", id.key()];
        self.find("find_prospect", &path, convert::prospect).await
    }

    /// Finds a prospect of a project by a name that another system gave to it.
    ///
    /// Shape: as [`Self::find_project_by_reference`].
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /projects/{pid}/prospects/external/{namespace}/{id}`; contract R6.
    pub async fn find_prospect_by_reference(
        &self,
        project: &ProjectId,
        reference: &ExternalReference,
    ) -> Result<Option<Prospect>, Error> {
        let path = [
            "projects",
            project.key(),
            "prospects",
            "external",
            &reference.namespace,
            &reference.id,
        ];
        self.find("find_prospect_by_reference", &path, convert::prospect)
            .await
    }

    /// Finds a person or firm of the network by its id.
    ///
    /// Shape: one record.
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /network/contacts/{id}` and `GET /network/companies/{id}` (assumed);
    /// contract N3 and N5.
    pub async fn find_investor(&self, id: &InvestorId) -> Result<Option<Investor>, Error> {
        match id {
            InvestorId::Person(key) => {
                let path = ["network", "contacts", key];
                let convert = |row, _| convert::person(row);
                self.find("find_investor", &path, convert).await
            }
            InvestorId::Company(key) => {
                let path = ["network", "companies", key];
                let convert = |row, _| convert::company(row);
                self.find("find_investor", &path, convert).await
            }
        }
    }

    /// Finds a person of the network by a name that another system gave to it.
    ///
    /// Shape: as [`Self::find_project_by_reference`].
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /network/contacts/external/{namespace}/{id}`; contract N4.
    pub async fn find_person_by_reference(
        &self,
        reference: &ExternalReference,
    ) -> Result<Option<Investor>, Error> {
        let path = [
            "network",
            "contacts",
            "external",
            &reference.namespace,
            &reference.id,
        ];
        let convert = |row, _| convert::person(row);
        self.find("find_person_by_reference", &path, convert).await
    }

    /// Lists the persons of the network, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`].
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /network/contacts`; contract N3.
    pub async fn list_persons(
        &self,
        query: &ChangesQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Page<Arc<Investor>>, Error> {
        let mut url = self.account.base_url.at("network/contacts");
        query.write(&mut url);
        let convert = |row, _| convert::person(row);
        self.list("list_persons", url, cursor, page_size, convert)
            .await
    }

    /// Lists the firms of the network, one page of at most [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`].
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /network/companies` (assumed); contract N5.
    pub async fn list_companies(
        &self,
        query: &ChangesQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Page<Arc<Investor>>, Error> {
        let mut url = self.account.base_url.at("network/companies");
        query.write(&mut url);
        let convert = |row, _| convert::company(row);
        self.list("list_companies", url, cursor, page_size, convert)
            .await
    }

    /// Lists the projects in which an investor is in the running, one page of at most
    /// [`LARGEST_PAGE`] rows.
    ///
    /// Shape: [`Page`]; `None` when there is no such investor.
    /// Units: none.
    /// Errors: [`Error`].
    /// Source: `GET /network/contacts/{id}/projects` and `GET /network/companies/{id}/projects`;
    /// contract N1 and N2.
    pub async fn list_associated_projects(
        &self,
        investor: &InvestorId,
        query: &AssociatedQuery,
        cursor: Option<&str>,
        page_size: u32,
    ) -> Result<Option<Page<Arc<AssociatedProject>>>, Error> {
        let kind = match investor {
            InvestorId::Person(_) => "contacts",
            InvestorId::Company(_) => "companies",
        };
        let path = ["network", kind, investor.key(), "projects"];
        let Some(mut url) = self.account.base_url.join(&path) else {
            return Ok(None);
        };
        query.write(&mut url);
        let convert = |row, _| convert::associated_project(row);
        let page = self
            .list("list_associated_projects", url, cursor, page_size, convert)
            .await;
        found(page)
    }

    /// Asks each resource whether our credentials open it.
    ///
    /// Shape: those that are open, in the order of [`Resource::ALL`]; empty when all refused. A
    /// resource that failed otherwise is left out.
    /// Errors: [`Error`] when no resource told anything.
    /// Source: one `GET` of each list; 403 where a right is lacking, contract 2.6.
    pub async fn probe_rights(&self) -> Result<Vec<Resource>, Error> {
        let calls = Resource::ALL.map(|resource| async move {
            let url = self.account.base_url.at(resource.path());
            let keep = |row: IgnoredAny, _| row;
            let page = self.page("probe_rights", url, None, 1, keep).await;
            (resource, page.map(drop))
        });
        right::probe(calls).await
    }

    /// A page of records that can be shared.
    async fn list<W: DeserializeOwned, T>(
        &self,
        operation: &'static str,
        url: Url,
        cursor: Option<&str>,
        page_size: u32,
        convert: impl Fn(W, Fetched) -> T,
    ) -> Result<Page<Arc<T>>, Error> {
        let convert = |row, fetched| Arc::new(convert(row, fetched));
        self.page(operation, url, cursor, page_size, convert).await
    }

    pub(super) async fn page<W: DeserializeOwned, T>(
        &self,
        operation: &'static str,
        mut url: Url,
        cursor: Option<&str>,
        page_size: u32,
        convert: impl Fn(W, Fetched) -> T,
    ) -> Result<Page<T>, Error> {
        let page_size = page_size.clamp(1, LARGEST_PAGE).to_string();
        url.query_pairs_mut().append_pair("page_size", &page_size);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let call = || self.transport.get(operation, url.clone());
        let answer = self.send(call, Call::send).await?;
        let fetched = self.transport.fetched();
        let decode = |answer: &Answer| {
            let page = answer.json_by(&Envelope::new(|row| Some(convert(row, fetched))))?;
            let next = page.next();
            if next.is_none() && page.goes_on() {
                // To stop here would lose rows without a word.
                return Err(answer.unreadable("$.page.nextCursor"));
            }
            let rows = page.rows;
            Ok(Page { rows, next })
        };
        flaw::decode(answer, self.transport.scope(), decode)
    }

    pub(super) async fn find<W: DeserializeOwned, T>(
        &self,
        operation: &'static str,
        path: &[&str],
        convert: impl Fn(W, Fetched) -> T,
    ) -> Result<Option<T>, Error> {
        let Some(url) = self.account.base_url.join(path) else {
            return Ok(None);
        };
        let call = || self.transport.get(operation, url.clone());
        let Some(answer) = self.send(call, Call::find).await? else {
            return Ok(None);
        };
        Ok(Some(convert(answer.json()?, self.transport.fetched())))
    }

    /// Makes a change and reads what the record then is.
    pub(super) async fn change<W: DeserializeOwned, T>(
        &self,
        (method, operation, path): (Method, &'static str, &[&str]),
        fields: Option<&impl Serialize>,
        guard: Guard<'_>,
        convert: impl FnOnce(W, Fetched) -> T,
    ) -> Result<Written<T>, Error> {
        match self
            .written((method, operation, path), fields, guard)
            .await?
        {
            Written::Done(answer) => {
                let record = convert(answer.json()?, self.transport.fetched());
                Ok(Written::Done(record))
            }
            Written::Rejected {
                status,
                may_be_done,
            } => Ok(Written::Rejected {
                status,
                may_be_done,
            }),
        }
    }

    /// Takes a record away. A 404 counts as done where an earlier attempt may have done it.
    pub(super) async fn delete(
        &self,
        operation: &'static str,
        path: &[&str],
        etag: Option<&ETag>,
    ) -> Result<Written<()>, Error> {
        let call = (Method::DELETE, operation, path);
        let written = self
            .written(call, None::<&()>, Guard::Removal(etag))
            .await?;
        Ok(match written {
            Written::Done(answer) => {
                // A web page says nothing of it.
                if !answer.body.is_empty() {
                    answer.json::<IgnoredAny>()?;
                }
                Written::Done(())
            }
            Written::Rejected {
                status: 404,
                may_be_done: true,
            } => Written::Done(()),
            Written::Rejected {
                status,
                may_be_done,
            } => Written::Rejected {
                status,
                may_be_done,
            },
        })
    }

    async fn written(
        &self,
        (method, operation, path): (Method, &'static str, &[&str]),
        fields: Option<&impl Serialize>,
        guard: Guard<'_>,
    ) -> Result<Written<Answer>, Error> {
        let Some(url) = self.account.base_url.join(path) else {
            // No record can have such an id.
            return Ok(Written::Rejected {
                status: 404,
                may_be_done: false,
            });
        };
        let call = || {
            let call = self.transport.write(method.clone(), operation, url.clone());
            let call = match fields {
                Some(fields) => call.json(fields),
                None => call,
            };
            guard.on(call)
        };
        self.send(call, Call::change).await
    }

    /// Makes a call and ends it; once more with a new token when the first is refused. A call that
    /// was refused did nothing, so that holds for writes too.
    pub(super) async fn send<'a, T, E: Future<Output = Result<T, Error>>>(
        &'a self,
        call: impl Fn() -> Call<'a>,
        end: impl Fn(Call<'a>) -> E,
    ) -> Result<T, Error> {
        let tokens = &self.account.tokens;
        let token = tokens.current(&self.transport).await?;
        match end(call().header(AUTHORIZATION, token.clone())).await {
            Err(Error::Refused { status: 401, .. }) if tokens.renew(&token) => {
                let token = tokens.current(&self.transport).await?;
                end(call().header(AUTHORIZATION, token)).await
            }
            result => result,
        }
    }
}

/// What keeps a write from being done twice, or over somebody else's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guard<'a> {
    /// Propstreet does what comes with the same key once.
    Key(Uuid),
    /// The record must stand at this version, where one is given.
    Etag(Option<&'a ETag>),
    /// The same, for what can be done any number of times.
    Removal(Option<&'a ETag>),
}

impl Guard<'_> {
    fn on<'c>(&self, call: Call<'c>) -> Call<'c> {
        match self {
            Self::Key(key) => {
                let key = HeaderValue::from_str(&key.to_string());
                let key = key.expect("a UUID is ASCII");
                call.header(IDEMPOTENCY_KEY, key).repeatable()
            }
            Self::Etag(Some(expected)) | Self::Removal(Some(expected)) => {
                // What no header can carry never was a version of anything.
                let expected = HeaderValue::from_str(&expected.0).unwrap_or(NO_VERSION);
                call.header(IF_MATCH, expected).repeatable()
            }
            // Twice could undo what somebody did between.
            Self::Etag(None) => call,
            Self::Removal(None) => call.repeatable(),
        }
    }
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// An etag that no record has.
const NO_VERSION: HeaderValue = HeaderValue::from_static("W/\"\"");

/// 404 as absence.
fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Rejected { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
