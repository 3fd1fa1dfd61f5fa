//! What is what, for readers who listen: headings, paragraphs, tables, figures, in the order they are read.

use super::ops::{Node, Role};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use std::num::NonZeroU16;

/// Which marked content belongs to which part.
pub(super) struct Tags<'a> {
    nodes: &'a [Node],
    leaves: Vec<Vec<Identifier>>,
}

impl<'a> Tags<'a> {
    pub(super) fn new(nodes: &'a [Node]) -> Tags<'a> {
        Tags { nodes, leaves: vec![Vec::new(); nodes.len()] }
    }

    /// Begins content of a part, or decoration.
    pub(super) fn begin(&mut self, surface: &mut Surface<'_>, node: Option<usize>) {
        let role = node.and_then(|node| self.nodes.get(node)).map(|node| &node.role);
        let tag = match role {
            None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            Some(Role::Figure(_)) => ContentTag::Other,
            Some(_) => ContentTag::Span(SpanTag::empty()),
        };
        let identifier = surface.start_tagged(tag);
        if let Some(leaves) = node.and_then(|node| self.leaves.get_mut(node)) {
            leaves.push(identifier);
        }
    }

    /// Begins what every page has.
    pub(super) fn furniture(&self, surface: &mut Surface<'_>) {
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)));
    }

    /// The tree of all parts.
    pub(super) fn tree(mut self) -> TagTree {
        let mut children: Vec<Vec<TagGroup>> = vec![Vec::new(); self.nodes.len()];
        let mut top = Vec::new();
        // Parts come after the one they are in, so those inside are complete before it.
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let leaves = self.leaves.get_mut(index).map(std::mem::take).unwrap_or_default();
            let inside = children.get_mut(index).map(std::mem::take).unwrap_or_default();
            if leaves.is_empty() && inside.is_empty() && !matches!(node.role, Role::Cell | Role::HeadCell) {
                continue;
            }
            let mut group = TagGroup::new(kind(&node.role));
            leaves.into_iter().for_each(|leaf| group.push(leaf));
            inside.into_iter().rev().for_each(|inside| group.push(inside));
            match node.parent.and_then(|parent| children.get_mut(parent)) {
                Some(siblings) => siblings.push(group),
                None => top.push(group),
            }
        }
        let mut tree = TagTree::new();
        top.into_iter().rev().for_each(|group| tree.push(group));
        tree
    }
}

fn kind(role: &Role) -> TagKind {
    match role {
        Role::Section => Tag::Section.into(),
        Role::Heading(level, title) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(said) => Tag::Figure(Some(said.clone())).into(),
    }
}
