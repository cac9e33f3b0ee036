//! Generates the types of the Debug Adapter Protocol that the adapter sends, from the protocol's schema.
//!
//! typify makes types for the whole schema, with conversions and documentation: a megabyte. Only the types named here,
//! and those that they need, are kept.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use typify::{TypeSpace, TypeSpaceSettings};

use crate::shell::{Result, root};

/// The types to keep. Types that they need are kept too.
const KEPT: [&str; 31] = [
    "BreakpointEventBody",
    "BreakpointLocationsResponseBody",
    "Capabilities",
    "CompletionsResponseBody",
    "ContinueResponseBody",
    "ContinuedEventBody",
    "DataBreakpointInfoResponseBody",
    "ErrorResponseBody",
    "EvaluateResponseBody",
    "ExceptionInfoResponseBody",
    "ExitedEventBody",
    "GotoTargetsResponseBody",
    "InvalidatedEventBody",
    "LoadedSourcesResponseBody",
    "LocationsResponseBody",
    "ModulesResponseBody",
    "OutputEventBody",
    "ProcessEventBody",
    "ProgressEndEventBody",
    "ProgressStartEventBody",
    "ReadMemoryResponseBody",
    "RunInTerminalRequestArguments",
    "ScopesResponseBody",
    "SetBreakpointsResponseBody",
    "SourceResponseBody",
    "StackTraceResponseBody",
    "StepInTargetsResponseBody",
    "StoppedEventBody",
    "ThreadEventBody",
    "ThreadsResponseBody",
    "VariablesResponseBody",
];

const HEAD: &str =
    "//! What the adapter sends, as the Debug Adapter Protocol has it: written by `cargo xtask codegen`.\n\n";

/// The text of adapter/src/protocol.rs.
pub fn types(_old: &str) -> Result<String> {
    let mut space = TypeSpace::new(TypeSpaceSettings::default().with_struct_builder(false));
    space.add_root_schema(serde_json::from_str(&schema()?)?)?;
    let file: syn::File = syn::parse2(space.to_stream())?;
    let all: BTreeMap<String, syn::Item> =
        file.items.into_iter().filter_map(|item| Some((name(&item)?, item))).collect();
    let mut kept = BTreeMap::new();
    let mut wanted: Vec<String> = KEPT.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = wanted.pop() {
        let Some(mut item) = all.get(&name).cloned().filter(|_| !kept.contains_key(&name)) else { continue };
        Plain.visit_item_mut(&mut item);
        let mut named = Named(BTreeSet::new());
        named.visit_item(&item);
        wanted.extend(named.0);
        kept.insert(name, item);
    }
    let ready = defaults(&kept);
    for (name, item) in &mut kept {
        derive(item, ready.contains(name));
    }
    let items = kept.into_values().collect();
    let text = prettyplease::unparse(&syn::File { shebang: None, attrs: Vec::new(), items });
    Ok(HEAD.to_owned() + &text.replace("}\n#[derive", "}\n\n#[derive"))
}

/// The protocol's schema.
pub fn schema() -> Result<String> {
    Ok(std::fs::read_to_string(root().join("xtask/schema/debugAdapterProtocol.json"))?)
}

fn name(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// Removes what is not needed: documentation, attributes for reading, long paths, and bounds of ids.
struct Plain;

impl VisitMut for Plain {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.retain(|attribute| attribute.path().is_ident("serde"));
        for attribute in attributes {
            if let syn::Meta::List(list) = &mut attribute.meta {
                list.tokens = without_default(list.tokens.clone());
            }
        }
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let Some(mut last) = path.segments.last().cloned() else { return };
        // Numbers of frames have 64 bits.
        let wide = match last.ident.to_string().as_str() {
            "i32" | "NonZeroU32" => Some("i64"),
            "u32" => Some("u64"),
            "Option" | "String" | "Vec" => None,
            _ => return,
        };
        if let Some(wide) = wide {
            last.ident = syn::Ident::new(wide, last.ident.span());
        }
        *path = last.into();
    }
}

/// The arguments of `#[serde]` without `default`, which is only for reading.
fn without_default(tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut parts: Vec<Vec<TokenTree>> = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == ',' => parts.push(Vec::new()),
            TokenTree::Literal(text) => {
                let text = text.to_string();
                let text = text.trim_matches('"');
                let known = ["Option::is_none", "Vec::is_empty"].into_iter().find(|known| text.ends_with(known));
                let short = proc_macro2::Literal::string(known.unwrap_or(text));
                parts.last_mut().into_iter().for_each(|part| part.push(short.clone().into()));
            }
            _ => parts.last_mut().into_iter().for_each(|part| part.push(token.clone())),
        }
    }
    parts.retain(|part| !part.is_empty() && !part[0].to_string().starts_with("default"));
    let comma = || TokenTree::Punct(proc_macro2::Punct::new(',', proc_macro2::Spacing::Alone));
    let mut out = Vec::new();
    for part in parts {
        if !out.is_empty() {
            out.push(comma());
        }
        out.extend(part);
    }
    out.into_iter().collect()
}

/// The names that an item uses.
struct Named(BTreeSet<String>);

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.extend(path.get_ident().map(ToString::to_string));
        visit::visit_path(self, path);
    }
}

/// The structs that can have a default: they have no required field that is an enum.
fn defaults(items: &BTreeMap<String, syn::Item>) -> BTreeSet<String> {
    let mut ready = BTreeSet::new();
    loop {
        let before = ready.len();
        for (name, item) in items {
            let syn::Item::Struct(item) = item else { continue };
            let has_default = |field: &syn::Field| {
                let text = field.ty.to_token_stream().to_string().replace(' ', "");
                ["Option<", "Vec<", "::std::collections::HashMap<"].iter().any(|begin| text.starts_with(begin))
                    || ["String", "i64", "u64", "bool"].contains(&text.as_str())
                    || ready.contains(&text)
            };
            if item.fields.iter().all(has_default) {
                ready.insert(name.clone());
            }
        }
        if ready.len() == before {
            return ready;
        }
    }
}

fn derive(item: &mut syn::Item, has_default: bool) {
    let derived: syn::Attribute = if has_default {
        syn::parse_quote!(#[derive(Clone, Debug, Default, serde::Serialize)])
    } else {
        syn::parse_quote!(#[derive(Clone, Debug, serde::Serialize)])
    };
    match item {
        syn::Item::Struct(item) => item.attrs.insert(0, derived),
        syn::Item::Enum(item) => item.attrs.insert(0, derived),
        _ => {}
    }
}
