//! What a view is, what it is given, and the registry of all views.

use super::files::FileRequests;
use super::text::{Text, Value};
use super::theme::Theme;
use super::views::{
    cleaning, data, evaluation, profiles, quality, recommendations, similarity, splits, training,
    transitions,
};
use super::widgets::Icon;
use crate::workbench::{Command, State};

/// One page of the window. Its own filters, sorting and hover live in the implementing struct;
/// everything else is read from the context and changed by commands.
pub trait View {
    /// Paint one frame. Does no IO and no work that grows with the data.
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut ViewContext<'_>);

    /// Whether what it holds stays when other data take the place of the present ones. Most views hold
    /// indices of rows, which then mean something else, and are made anew.
    fn outlives_data(&self) -> bool {
        false
    }
}

/// What a view may read and what it may ask for.
pub struct ViewContext<'a> {
    /// The domain state.
    pub state: &'a State,
    /// What the workbench is to do after this frame.
    pub commands: &'a mut Vec<Command>,
    /// Words, numbers and dates in the user's language.
    pub text: &'a Text,
    /// Colours, spacing and type.
    pub theme: &'a Theme,
    /// Which view to go to after this frame.
    pub navigate: &'a mut Option<ViewId>,
    /// File dialogs and files to write, all in the background.
    pub files: &'a mut FileRequests,
}

impl<'a> ViewContext<'a> {
    /// Ask the workbench for something.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Go to another view after this frame.
    pub fn go(&mut self, view: ViewId) {
        *self.navigate = Some(view);
    }

    /// A text of the message catalogue; outlives the borrow of the context.
    #[must_use]
    pub fn tr(&self, key: &'a str) -> &'a str {
        self.text.tr(key)
    }

    /// A text of the message catalogue with values filled in.
    #[must_use]
    pub fn tr_with(&self, key: &str, args: &[(&'static str, Value<'_>)]) -> String {
        self.text.tr_with(key, args)
    }
}

/// Names every view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ViewId {
    /// What the shop's files hold.
    #[default]
    Data,
    /// What is wrong with the data.
    Quality,
    /// What is done to the data before anything learns from them.
    Cleaning,
    /// One shopper.
    Profiles,
    /// How shoppers move.
    Transitions,
    /// What goes with what.
    Similarity,
    /// What is learned from and what is judged on.
    Splits,
    /// Fitting models.
    Training,
    /// What a model recommends and why.
    Recommendations,
    /// Whether it is any better.
    Evaluation,
}

/// How a view is found, named and made.
pub struct ViewEntry {
    /// Which view.
    pub id: ViewId,
    /// The name on the command line.
    pub name: &'static str,
    /// Key of its title in the message catalogue.
    pub title: &'static str,
    /// Its picture in the navigation rail.
    pub icon: Icon,
    /// Makes it.
    pub make: fn() -> Box<dyn View>,
}

/// All views in the order of the navigation rail.
pub const VIEWS: &[ViewEntry] = &[
    ViewEntry {
        id: ViewId::Data,
        name: "data",
        title: "view-data",
        icon: Icon::Database,
        make: || Box::<data::DataView>::default(),
    },
    ViewEntry {
        id: ViewId::Quality,
        name: "quality",
        title: "view-quality",
        icon: Icon::Shield,
        make: || Box::<quality::QualityView>::default(),
    },
    ViewEntry {
        id: ViewId::Cleaning,
        name: "cleaning",
        title: "view-cleaning",
        icon: Icon::Broom,
        make: || Box::<cleaning::CleaningView>::default(),
    },
    ViewEntry {
        id: ViewId::Profiles,
        name: "profiles",
        title: "view-profiles",
        icon: Icon::Person,
        make: || Box::<profiles::ProfilesView>::default(),
    },
    ViewEntry {
        id: ViewId::Transitions,
        name: "transitions",
        title: "view-transitions",
        icon: Icon::Flow,
        make: || Box::<transitions::TransitionsView>::default(),
    },
    ViewEntry {
        id: ViewId::Similarity,
        name: "similarity",
        title: "view-similarity",
        icon: Icon::Grid,
        make: || Box::<similarity::SimilarityView>::default(),
    },
    ViewEntry {
        id: ViewId::Splits,
        name: "splits",
        title: "view-splits",
        icon: Icon::Split,
        make: || Box::<splits::SplitsView>::default(),
    },
    ViewEntry {
        id: ViewId::Training,
        name: "training",
        title: "view-training",
        icon: Icon::Curve,
        make: || Box::<training::TrainingView>::default(),
    },
    ViewEntry {
        id: ViewId::Recommendations,
        name: "recommendations",
        title: "view-recommendations",
        icon: Icon::Star,
        make: || Box::<recommendations::RecommendationsView>::default(),
    },
    ViewEntry {
        id: ViewId::Evaluation,
        name: "evaluation",
        title: "view-evaluation",
        icon: Icon::Scale,
        make: || Box::<evaluation::EvaluationView>::default(),
    },
];

impl ViewId {
    /// The view with this name on the command line.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        VIEWS.iter().find(|entry| entry.name == name).map(|entry| entry.id)
    }

    /// How it is named and made.
    #[must_use]
    pub fn entry(self) -> &'static ViewEntry {
        VIEWS
            .iter()
            .find(|entry| entry.id == self)
            .expect("every view is registered, as a test checks")
    }
}
