//! Which records of different systems are the same: candidates for `identity` to judge.
//!
//! Each link is found from both of its ends and is the same from there. What people decided goes
//! before all else. Where the index has all records of a kind, the whole of it is searched for others
//! that are as alike; without it, only what a system can look up is found.

use std::{cmp::Reverse, sync::Arc};

use futures_util::future::try_join_all;

use super::{Error, Loaders, keyed::distinct};
use crate::{
    identity::{
        email, investor, person,
        point::squares_around,
        profile,
        project::{Subject, match_project, subject_of},
        protocol,
        reference::{DEEPRENT, PROPSTACK, PROPSTACK_PROJECT},
        verdict::{Likeness, Verdict, judge},
    },
    index::{self, Indexed},
    model::{
        Contact, ContactId, ExternalReference, Investor, InvestorId, Match, MatchConfidence,
        MatchedBy, ProfileId, Project, ProjectId, Property, PropertyId, PropertyProfile, Protocol,
        ProtocolContact, ProtocolId, ProtocolObjectId, RecordKind,
    },
    store::Key,
};

impl Loaders {
    /// The property that a protocol is about.
    pub async fn property_of_protocol(
        &self,
        protocol: &Protocol,
    ) -> Result<Verdict<Arc<Property>>, Error> {
        let clues = protocol::Clues::of(protocol);
        self.properties_of_protocols.load(clues).await
    }

    /// The property that a protocol is certainly about.
    pub async fn certain_property(&self, protocol: &Protocol) -> Result<Option<PropertyId>, Error> {
        let found = self.property_of_protocol(protocol).await?.found();
        let certain = found.filter(|(_, found)| found.confidence == MatchConfidence::Certain);
        Ok(certain.map(|(property, _)| property.id.clone()))
    }

    /// The protocols of a property with the reason for each, newest first.
    pub async fn protocols_of_property(
        &self,
        property: &Property,
    ) -> Result<Vec<(Match, Arc<Protocol>)>, Error> {
        let decisions = &self.sources.decisions();
        let mut keys = index::keys_of_property(property);
        let objects = decisions.same::<ProtocolObjectId>(&property.id);
        keys.extend(
            objects
                .iter()
                .map(|(object, _)| index::object_key(object.key())),
        );
        let protocols = decisions.same::<ProtocolId>(&property.id);
        keys.extend(
            protocols
                .iter()
                .map(|(id, _)| index::document_key(id.key())),
        );
        let found = keys.into_iter().map(|key| self.protocols_by_key.load(key));
        let mut protocols = distinct(try_join_all(found).await?);
        protocols.sort_by_cached_key(|it| Reverse((it.created_at, it.id.clone())));
        let matched = protocols.into_iter().map(|protocol| async move {
            let found = self.is_about(property, &protocol).await?;
            Ok::<_, Error>(found.map(|found| (found, protocol)))
        });
        Ok(try_join_all(matched).await?.into_iter().flatten().collect())
    }

    /// Why a protocol is taken to be about a property, which is compared with all others that it could
    /// be about as far as those are known here.
    async fn is_about(
        &self,
        property: &Property,
        protocol: &Protocol,
    ) -> Result<Option<Match>, Error> {
        let clues = protocol::Clues::of(protocol);
        let decisions = &self.sources.decisions();
        if let Some((id, found)) = clues.decided(decisions) {
            return Ok((id == property.id).then_some(found));
        }
        if clues.are_apart(decisions, &property.id) {
            return Ok(None);
        }
        let neighbours = index::keys_of_clues(&clues).into_iter();
        let neighbours = neighbours.map(|key| self.indexed_properties.load(key));
        let neighbours = distinct(try_join_all(neighbours).await?);
        let known = neighbours.iter().find(|it| it.id == property.id);
        // Flat rows say nothing of documents.
        let own = match (&property.documents, known) {
            (None, Some(known)) => {
                let mut own = property.clone();
                own.documents.clone_from(&known.documents);
                clues.likenesses(&own)
            }
            _ => clues.likenesses(property),
        };
        let others = neighbours.iter().filter(|it| it.id != property.id);
        let others = others.filter(|it| !clues.are_apart(decisions, &it.id));
        let others = others.map(|it| (&it.id, clues.likenesses(it)));
        let verdict = judge([(&property.id, own)].into_iter().chain(others));
        let found = verdict.found();
        Ok(found.and_then(|(id, found)| (*id == property.id).then_some(found)))
    }

    /// The property that a profile describes.
    pub async fn property_of_profile(
        &self,
        profile: &PropertyProfile,
    ) -> Result<Verdict<PropertyId>, Error> {
        let clues = profile::Clues::of(profile);
        let decisions = &self.sources.decisions();
        if let Some((id, found)) = decisions.same(&profile.id).pop() {
            return Ok(Verdict::Is(id, found));
        }
        let is_open = |id: &PropertyId| !decisions.are_apart(id, &profile.id);
        if let Some(id) = clues.property {
            let found = Match::certain(MatchedBy::ExternalReference);
            return Ok(match is_open(&id) {
                true => Verdict::Is(id, found),
                false => Verdict::Unknown,
            });
        }
        if let Some(object) = &clues.object {
            let object = protocol::Clues::of_object(ProtocolObjectId::new(object));
            let verdict = self.properties_of_protocols.load(object).await?;
            if let Some((property, found)) = verdict.found().filter(|(it, _)| is_open(&it.id)) {
                return Ok(Verdict::Is(property.id.clone(), found));
            }
        }
        let squares = clues.point.into_iter().flat_map(squares_around);
        let near = squares.map(|square| self.indexed_properties.load(index::point_key(square)));
        let mut near = distinct(try_join_all(near).await?);
        near.retain(|property| is_open(&property.id));
        let verdict = judge(clues.likenesses(&near));
        Ok(verdict.map(|property| property.id.clone()))
    }

    /// What a project is about; a property by its profile where no reference says more.
    pub async fn subject_of_project(
        &self,
        project: &Project,
    ) -> Result<Option<(Subject, Match)>, Error> {
        let decisions = &self.sources.decisions();
        if let Some(subject) = subject_of(project) {
            let is_open = match &subject {
                Subject::Property(id) => !decisions.are_apart(id, &project.id),
                Subject::Development(_) => true,
            };
            let found = Match::certain(MatchedBy::ExternalReference);
            return Ok(is_open.then_some((subject, found)));
        }
        // At most one is linked to a project.
        let Some(profile) = project.profile_ids.first() else {
            return Ok(None);
        };
        let Some(profile) = self.known_profile(profile).await? else {
            return Ok(None);
        };
        let found = self.property_of_profile(&profile).await?.found();
        let found = found.filter(|(id, _)| !decisions.are_apart(id, &project.id));
        Ok(found.map(|(id, found)| (Subject::Property(id), found)))
    }

    /// A profile, from the index where that has all of them.
    async fn known_profile(&self, id: &ProfileId) -> Result<Option<Arc<PropertyProfile>>, Error> {
        match self.sources.knows(RecordKind::Profile).await? {
            true => {
                let found = self.indexed_profiles.load(index::profile_key(id)).await?;
                Ok(found
                    .into_iter()
                    .find(|profile| profile.deleted_at.is_none()))
            }
            false => self.profiles.load(id.clone()).await,
        }
    }

    /// An investor, from the index where that has all of them.
    pub(super) async fn known_investor(
        &self,
        id: &InvestorId,
    ) -> Result<Option<Arc<Investor>>, Error> {
        match self.sources.knows(RecordKind::Investor).await? {
            true => {
                let found = self.indexed_investors.load(index::investor_key(id)).await?;
                Ok(found
                    .into_iter()
                    .find(|investor| investor.deleted_at.is_none()))
            }
            false => self.investors.load(id.clone()).await,
        }
    }

    /// The properties that people said a project to be about.
    pub fn properties_decided(&self, project: &ProjectId) -> Vec<(PropertyId, Match)> {
        self.sources.decisions().same(project)
    }

    /// The projects about a property with the reason for each.
    pub async fn projects_of_property(
        &self,
        property: &Property,
    ) -> Result<Vec<(Match, Arc<Project>)>, Error> {
        let decisions = &self.sources.decisions();
        let decided = decisions.same::<ProjectId>(&property.id);
        let decided = decided.into_iter().map(|(id, found)| async move {
            let project = self.projects.load(id).await?;
            Ok::<_, Error>(project.map(|project| (found, project)))
        });
        let reference = |namespace: &str, id: &str| {
            self.projects_by_reference.load(ExternalReference {
                namespace: namespace.to_owned(),
                id: id.to_owned(),
            })
        };
        // All at once, so that they go off in one batch.
        let (decided, own, shared, described) = futures_util::future::try_join4(
            try_join_all(decided),
            reference(PROPSTACK, property.id.key()),
            async {
                match &property.development_id {
                    Some(id) => reference(PROPSTACK_PROJECT, id.key()).await,
                    None => Ok(None),
                }
            },
            async {
                // The index tells which; as they stand now is told by their system.
                let described = self.projects_by_profile(property).await?.into_iter();
                let fresh = described.map(|(found, project)| async move {
                    let project = self.projects.load(project.id.clone()).await?;
                    Ok::<_, Error>(project.map(|project| (found, project)))
                });
                try_join_all(fresh).await
            },
        )
        .await?;
        let described = described.into_iter().flatten();
        let referenced = [own, shared].into_iter().flatten().filter_map(|project| {
            let found = match_project(property, &project)?;
            Some((found, project))
        });
        let mut projects: Vec<_> = decided.into_iter().flatten().collect();
        for (found, project) in referenced.chain(described) {
            let is_new = projects.iter().all(|(_, known)| known.id != project.id);
            // What people said it to be about is all that it is about.
            let is_open = self.properties_decided(&project.id).is_empty()
                && !decisions.are_apart(&property.id, &project.id);
            if is_new && is_open {
                projects.push((found, project));
            }
        }
        Ok(projects)
    }

    /// The projects without a reference whose profile describes a property; only the index knows them.
    async fn projects_by_profile(
        &self,
        property: &Property,
    ) -> Result<Vec<(Match, Arc<Project>)>, Error> {
        for kind in [
            RecordKind::Profile,
            RecordKind::Project,
            RecordKind::Property,
        ] {
            if !self.sources.knows(kind).await? {
                return Ok(Vec::new());
            }
        }
        let reference = |namespace: &str, id: &str| {
            index::reference_key(&ExternalReference {
                namespace: namespace.to_owned(),
                id: id.to_owned(),
            })
        };
        let object = protocol::object_of(property).map(|object| reference(DEEPRENT, object));
        let squares = property.location.into_iter().flat_map(squares_around);
        let decided = self.sources.decisions().same::<ProfileId>(&property.id);
        let keys: Vec<Key> = [reference(PROPSTACK, property.id.key())]
            .into_iter()
            .chain(object)
            .chain(squares.map(index::point_key))
            .collect();
        let found = keys.into_iter().map(|key| self.indexed_profiles.load(key));
        let mut profiles = distinct(try_join_all(found).await?);
        for (id, _) in decided {
            if profiles.iter().all(|profile| profile.id != id) {
                profiles.extend(self.profiles.load(id).await?);
            }
        }
        let projects = profiles.into_iter().map(|profile| async move {
            let found = match profile.deleted_at {
                None => self.property_of_profile(&profile).await?.found(),
                Some(_) => None,
            };
            let Some((_, found)) = found.filter(|(id, _)| *id == property.id) else {
                return Ok(Vec::new());
            };
            let key = index::profile_key(&profile.id);
            let projects = self.indexed_projects.load(key).await?.into_iter();
            let open = projects
                .filter(|project| project.deleted_at.is_none() && subject_of(project).is_none());
            Ok::<_, Error>(open.map(|project| (found, project)).collect::<Vec<_>>())
        });
        Ok(try_join_all(projects)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// The contact that an investor is.
    pub async fn contact_of_investor(
        &self,
        investor: &Investor,
    ) -> Result<Verdict<ContactId>, Error> {
        let clues = investor::Clues::of(investor);
        let decisions = &self.sources.decisions();
        if let Some((id, found)) = decisions.same(&investor.id).pop() {
            return Ok(Verdict::Is(id, found));
        }
        let is_open = |id: &ContactId| !decisions.are_apart(id, &investor.id);
        if let Some(id) = clues.contact {
            let found = Match::certain(MatchedBy::ExternalReference);
            return Ok(match is_open(&id) {
                true => Verdict::Is(id, found),
                false => Verdict::Unknown,
            });
        }
        let emails = clues.emails.iter().map(|it| index::email_key(it));
        let firm = clues.firm.as_ref().map(|it| index::firm_key(it));
        let found = emails
            .chain(firm)
            .map(|key| self.indexed_contacts.load(key));
        let mut contacts = distinct(try_join_all(found).await?);
        contacts.retain(|contact| is_open(&contact.id));
        let candidates = contacts.iter().map(|it| (&it.id, clues.likenesses(it)));
        Ok(judge(candidates).map(ContactId::clone))
    }

    /// The investor that a contact is, with the reason.
    pub async fn investor_of_contact(
        &self,
        contact: &Contact,
    ) -> Result<Option<(Match, InvestorId)>, Error> {
        let decisions = &self.sources.decisions();
        if let Some((id, found)) = decisions.same(&contact.id).pop() {
            return Ok(Some((found, id)));
        }
        let reference = self.investors_by_reference.load(reference_of(contact));
        if let Some(investor) = reference.await? {
            let found = self.contact_of_investor(&investor).await?.found();
            if let Some((_, found)) = found.filter(|(id, _)| *id == contact.id) {
                return Ok(Some((found, investor.id.clone())));
            }
        }
        self.known_investor_of_contact(contact).await
    }

    /// The same as far as the index knows.
    pub(super) async fn known_investor_of_contact(
        &self,
        contact: &Contact,
    ) -> Result<Option<(Match, InvestorId)>, Error> {
        let decided = self.sources.decisions().same(&contact.id).pop();
        if let Some((id, found)) = decided {
            return Ok(Some((found, id)));
        }
        let reference = index::reference_key(&reference_of(contact));
        let keys = contact.keys().into_iter().chain([reference]);
        let alike = keys.map(|key| self.indexed_investors.load(key));
        let mut alike = distinct(try_join_all(alike).await?);
        alike.retain(|investor| investor.deleted_at.is_none());
        let judged = alike.into_iter().map(|investor| async move {
            let found = self.contact_of_investor(&investor).await?.found();
            let found = found.filter(|(id, _)| *id == contact.id);
            Ok::<_, Error>(found.map(|(_, found)| (found, investor.id.clone())))
        });
        let judged = try_join_all(judged).await?;
        // The surest one, where a person and their firm share a mailbox.
        let surest = |(found, id): &(Match, InvestorId)| (found.confidence, found.by, id.clone());
        Ok(judged.into_iter().flatten().min_by_key(surest))
    }

    /// The contact that somebody present at a hand-over is, with the reason.
    pub async fn contact_of_attendee(
        &self,
        attendee: &ProtocolContact,
    ) -> Result<Verdict<Arc<Contact>>, Error> {
        let Some(address) = attendee.email.as_deref().and_then(email::normal_form) else {
            return Ok(Verdict::Unknown);
        };
        let contacts = self.contacts_by_email.load(address).await?;
        let candidates = contacts.into_iter().map(|contact| {
            let likenesses = person::likenesses(attendee, &contact);
            (contact, likenesses)
        });
        Ok(judge(candidates))
    }

    /// The protocols at which a contact was present, by e-mail address, newest first.
    pub async fn protocols_of_contact(
        &self,
        contact: &Contact,
    ) -> Result<Vec<Arc<Protocol>>, Error> {
        let addresses = contact.emails.iter().flatten();
        let addresses: Vec<_> = addresses.filter_map(|it| email::normal_form(it)).collect();
        let keys = || addresses.iter().map(|it| index::email_key(it));
        let found = keys().map(|key| self.protocols_by_key.load(key));
        let mut protocols = distinct(try_join_all(found).await?);
        protocols.sort_by_cached_key(|it| Reverse((it.created_at, it.id.clone())));
        // Others may read the same mail: then names tell.
        let sharing = keys().map(|key| self.indexed_contacts.load(key));
        let mut sharing = distinct(try_join_all(sharing).await?);
        sharing.retain(|other| other.id != contact.id);
        protocols.retain(|protocol| {
            let mut attendees = protocol.contacts.iter().flatten();
            attendees.any(|attendee| {
                let own: Vec<Likeness> = person::likenesses(attendee, contact);
                let others = sharing
                    .iter()
                    .map(|it| (&it.id, person::likenesses(attendee, it)));
                let verdict = judge([(&contact.id, own)].into_iter().chain(others));
                verdict.found().is_some_and(|(id, _)| *id == contact.id)
            })
        });
        Ok(protocols)
    }
}

/// What Propstreet calls a contact of Propstack.
fn reference_of(contact: &Contact) -> ExternalReference {
    ExternalReference {
        namespace: PROPSTACK.to_owned(),
        id: contact.id.key().to_owned(),
    }
}
