//! `hausgraph check`: whether a configuration works, its store opens, its systems answer, and its
//! links hold.

use std::collections::HashMap;

use anyhow::ensure;
use dataloader::{BatchFn, non_cached::Loader};
use futures_util::future::join_all;

use super::setting::Setting;
use crate::{
    identity::project::{Subject, subject_of},
    loader::Error,
    model::{PropertyId, System},
    upstream::{
        Clients,
        propstack::{self, Form, UnitsQuery},
        propstreet::{self, ProjectsQuery},
    },
};

/// What `check` can be told.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    setting: Setting,
}

/// Prints what there is of the store, then one line a system and organisation.
///
/// Errors: when credentials do not open, or a system does not answer as it should. A reference that leads nowhere is told, but
/// is no error: records are deleted.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let tenants = arguments.setting.open().await?;
    println!("store: {} opens", tenants.store().place());
    match tenants.master_keys().as_slice() {
        [] => println!("master keys: none, so no credentials can be stored"),
        keys => println!("master keys: {}", keys.join(", ")),
    }
    let seals = tenants.survey_seals().await?;
    println!("seals: {} wait for `hausgraph keys rotate`", seals.waiting);
    for unopened in &seals.unopened {
        println!("{unopened}");
    }
    let mut failed = seals.unopened.len();
    for organization in tenants.store().list_organizations().await? {
        let Some(tenant) = tenants.find(&organization.id).await? else {
            continue;
        };
        let clients = &tenant.clients;
        for system in clients.systems() {
            let outcome = answers(clients, system).await;
            failed += usize::from(outcome.is_err());
            let told = outcome.map_or_else(|error| error.to_string(), |()| "answers".to_owned());
            println!("{}: {}: {told}", organization.id, system.name());
        }
        if let (Some(propstack), Some(propstreet)) = (&clients.propstack, &clients.propstreet) {
            match dangling(propstack, propstreet).await {
                Ok((0, all)) => println!("{}: all {all} references hold", organization.id),
                Ok((lost, all)) => println!(
                    "{}: {lost} of {all} references from projects lead to no property",
                    organization.id
                ),
                Err(error) => println!("{}: references not checked: {error}", organization.id),
            }
        }
    }
    ensure!(
        failed == 0,
        "{failed} of the systems did not answer as they should, or cannot be asked"
    );
    Ok(())
}

/// Asks for the first row that the gateway would need.
async fn answers(clients: &Clients, system: System) -> Result<(), Error> {
    let missing = Error::NotConnected(system);
    match system {
        System::Propstack => {
            let client = clients.propstack.as_ref().ok_or(missing)?;
            client
                .list_units(&UnitsQuery {
                    per: 1,
                    ..UnitsQuery::default()
                })
                .await?;
        }
        System::DeepRent => {
            let client = clients.deeprent.as_ref().ok_or(missing)?;
            client.list_protocols(1, None, false).await?;
        }
        System::Propstreet => {
            let client = clients.propstreet.as_ref().ok_or(missing)?;
            client
                .list_projects(&ProjectsQuery::default(), None, 1)
                .await?;
        }
    }
    Ok(())
}

/// How many of the references from projects to single properties lead nowhere, and how many there
/// are.
async fn dangling(
    propstack: &propstack::Client,
    propstreet: &propstreet::Client,
) -> Result<(usize, usize), Error> {
    let exists = Loader::new(Exists(propstack.clone())).with_max_batch_size(IDS_PER_CALL);
    let (mut lost, mut all) = (0, 0);
    let mut cursor = None;
    loop {
        let query = ProjectsQuery::default();
        let page = propstreet
            .list_projects(&query, cursor.as_deref(), propstreet::LARGEST_PAGE)
            .await?;
        let subjects = page.rows.iter().filter_map(|row| subject_of(row));
        let properties = subjects.filter_map(|subject| match subject {
            Subject::Property(id) => Some(id),
            Subject::Development(_) => None,
        });
        let loads = properties.map(|id| exists.load(id));
        for outcome in join_all(loads).await {
            all += 1;
            lost += usize::from(!outcome?);
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok((lost, all));
        }
    }
}

/// As many ids as one call may carry.
const IDS_PER_CALL: usize = 50;

/// Whether properties exist, many in one call. There is no query to watch here, so this gathers by
/// yielding to the runtime, as `dataloader` does.
struct Exists(propstack::Client);

impl BatchFn<PropertyId, Result<bool, Error>> for Exists {
    async fn load(&mut self, keys: &[PropertyId]) -> HashMap<PropertyId, Result<bool, Error>> {
        let found = self
            .0
            .list_units_by_id(keys, Form::Flat)
            .await
            .map_err(Error::from);
        keys.iter()
            .map(|key| {
                let exists = found
                    .as_ref()
                    .map(|units| units.iter().any(|unit| unit.id == *key))
                    .map_err(Clone::clone);
                (key.clone(), exists)
            })
            .collect()
    }
}
