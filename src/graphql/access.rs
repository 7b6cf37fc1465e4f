//! What each field needs, and the gate that answers as absent what a viewer may not see.
//!
//! [`Access`] is read from the schema's own directives (`model::requirement`), so what the schema
//! says is what is enforced. A request whose viewer may see all it asks for never meets the
//! [`Gate`]: it is an extension of a second schema, and extensions cost every field.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    OutputType, Pos, ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
    registry::{MetaDirectiveInvocation, MetaType, MetaTypeName, Registry},
};

use foldhash::HashMap;

use crate::auth::{Scope, Scopes, Viewer, policy};

/// What every type and field of the schema needs.
#[derive(Debug, Default)]
pub struct Access {
    types: HashMap<String, Type>,
}

#[derive(Debug, Default)]
struct Type {
    needs: Scopes,
    fields: HashMap<String, Field>,
}

#[derive(Debug)]
struct Field {
    /// Its own scopes and those of the type that it leads to.
    needs: Scopes,
    leads_to: String,
}

impl Access {
    /// Reads the directives of all types below the roots.
    pub fn of<Query: OutputType, Mutation: OutputType>() -> Self {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
        let mut access = Self::default();
        for (name, found) in &registry.types {
            let needs = match found {
                MetaType::Object {
                    directive_invocations,
                    ..
                } => declared(directive_invocations),
                MetaType::Interface { .. } => Scopes::default(),
                _ => continue,
            };
            access.types.entry(name.clone()).or_default().needs = needs;
        }
        access.infer(&registry);
        for (name, found) in &registry.types {
            let fields = found.fields().into_iter().flatten().map(|(field, meta)| {
                let leads_to = MetaTypeName::concrete_typename(&meta.ty).to_owned();
                let needs = declared(&meta.directive_invocations).union(access.needs_of(&leads_to));
                (field.clone(), Field { needs, leads_to })
            });
            let fields = fields.collect();
            if let Some(known) = access.types.get_mut(name) {
                known.fields = fields;
            }
        }
        access.widen(&registry);
        access
    }

    /// What stands behind a field of an interface is that of any of its types.
    fn widen(&mut self, registry: &Registry) {
        for (name, found) in &registry.types {
            let MetaType::Interface { possible_types, .. } = found else {
                continue;
            };
            let mut fields = self
                .types
                .get_mut(name)
                .map(|known| std::mem::take(&mut known.fields));
            for (field, of_interface) in fields.iter_mut().flatten() {
                for possible in possible_types {
                    let needs = self.needs_of_field(possible, field).unwrap_or_default();
                    of_interface.needs = of_interface.needs.union(needs);
                }
            }
            if let (Some(known), Some(fields)) = (self.types.get_mut(name), fields) {
                known.fields = fields;
            }
        }
    }

    /// A type cannot be shown without what its non-null fields need: a connection needs what its
    /// records need.
    fn infer(&mut self, registry: &Registry) {
        loop {
            let mut inferred = BTreeMap::new();
            for (name, found) in &registry.types {
                let known = self.needs_of(name);
                let fields = found.fields().into_iter().flatten();
                let needs = fields
                    .filter(|(_, field)| MetaTypeName::create(&field.ty).is_non_null())
                    .map(|(_, field)| {
                        let leads_to = MetaTypeName::concrete_typename(&field.ty);
                        declared(&field.directive_invocations).union(self.needs_of(leads_to))
                    })
                    .fold(known, Scopes::union);
                if needs != known {
                    inferred.insert(name.clone(), needs);
                }
            }
            if inferred.is_empty() {
                return;
            }
            for (name, needs) in inferred {
                self.types.entry(name).or_default().needs = needs;
            }
        }
    }

    /// What a viewer needs to see records of a type.
    pub fn needs_of(&self, type_name: &str) -> Scopes {
        self.types
            .get(type_name)
            .map_or(Scopes::default(), |found| found.needs)
    }

    /// What a field needs; `None` for one that the schema does not have.
    pub fn needs_of_field(&self, type_name: &str, field: &str) -> Option<Scopes> {
        Some(self.types.get(type_name)?.fields.get(field)?.needs)
    }

    /// Everything that an operation needs, whatever its variables say.
    pub fn needs_of_operation(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        root: &str,
    ) -> Scopes {
        let mut walk = Walk {
            access: self,
            document,
            seen: HashSet::new(),
            needs: Scopes::default(),
        };
        walk.selection(&operation.selection_set.node, root);
        walk.needs
    }

    /// The first root field that a viewer may not run.
    pub fn denied(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        root: &str,
        viewer: &Viewer,
    ) -> Option<Denied> {
        let mut seen = HashSet::new();
        let mut selections = vec![&operation.selection_set.node];
        while let Some(selection) = selections.pop() {
            for item in &selection.items {
                match &item.node {
                    Selection::Field(field) => {
                        let name = field.node.name.node.as_str();
                        let needs = self.needs_of_field(root, name).unwrap_or_default();
                        if !policy::permits(viewer, needs) {
                            let at = item.pos;
                            let name = name.to_owned();
                            return Some(Denied { name, needs, at });
                        }
                    }
                    Selection::InlineFragment(fragment) => {
                        selections.push(&fragment.node.selection_set.node);
                    }
                    Selection::FragmentSpread(spread) => {
                        let name = spread.node.fragment_name.node.as_str();
                        if let Some(fragment) = document.fragments.get(name)
                            && seen.insert(name)
                        {
                            selections.push(&fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
        None
    }
}

/// A root field that a viewer may not run.
pub struct Denied {
    /// Its name.
    pub name: String,
    /// What it needs.
    pub needs: Scopes,
    /// Where it stands.
    pub at: Pos,
}

/// The scopes that directives name; one that no scope is called by is a mistake in the program.
fn declared(directives: &[MetaDirectiveInvocation]) -> Scopes {
    let named = directives
        .iter()
        .filter(|directive| directive.name == "requiresScopes");
    let lists = named.flat_map(|directive| directive.args.values());
    lists
        .flat_map(|lists| {
            let one = matches!(lists, Value::List(lists) if lists.len() == 1);
            assert!(one, "one list of scopes, all of which are needed");
            words(lists)
        })
        .collect()
}

fn words(value: &Value) -> Vec<Scope> {
    match value {
        Value::String(word) => vec![word.parse().expect("directives name scopes that there are")],
        Value::List(values) => values.iter().flat_map(words).collect(),
        _ => Vec::new(),
    }
}

/// One walk over an operation; each fragment is entered once, for it has one type.
struct Walk<'a> {
    access: &'a Access,
    document: &'a ExecutableDocument,
    seen: HashSet<&'a str>,
    needs: Scopes,
}

impl<'a> Walk<'a> {
    fn selection(&mut self, selection: &'a SelectionSet, on: &'a str) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let found = self.access.types.get(on);
                    let name = field.node.name.node.as_str();
                    if let Some(found) = found.and_then(|found| found.fields.get(name)) {
                        self.needs = self.needs.union(found.needs);
                        self.selection(&field.node.selection_set.node, &found.leads_to);
                    } else if !name.starts_with("__") {
                        // Whatever it is, the gate is to look at it.
                        self.needs = Scopes::everything();
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                    self.enter(&fragment.node.selection_set.node, on);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    if self.seen.insert(name) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.enter(&fragment.node.selection_set.node, on);
                    }
                }
            }
        }
    }

    fn enter(&mut self, selection: &'a SelectionSet, on: &'a str) {
        self.needs = self.needs.union(self.access.needs_of(on));
        self.selection(selection, on);
    }
}

/// Answers null for each field that the viewer may not see; its resolver is not asked.
pub struct Gate(pub Arc<Access>);

impl ExtensionFactory for Gate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Gate {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // The elements of a list come here too: their parent is no type with fields.
        let needs = self.0.needs_of_field(info.parent_type, info.name);
        let viewer = ctx.data_unchecked::<Viewer>();
        match needs {
            Some(needs) if !policy::permits(viewer, needs) => Ok(None),
            _ => next.run(ctx, info).await,
        }
    }
}
