//! Requests to the hub: where to, with which token, how long to wait, and what its refusals mean.

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};

use super::digest::Expected;
use super::listing::Listing;
use super::{HubError, HubModel};
use crate::control::{Cancelled, Control};

const USUAL: &str = "https://huggingface.co";
const ENDPOINT: &str = "HF_ENDPOINT";
const TOKEN: &str = "HF_TOKEN";
const USER_AGENT: &str = concat!("shelfwise/", env!("CARGO_PKG_VERSION"));

/// The hub sends on once or twice.
const MOST_REDIRECTS: usize = 8;
/// How often a request to stop is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// How long and how often the network is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Between one piece and the next.
    pub silence: Duration,
    /// Connections for one file, each going on where the last one broke off.
    pub tries: u32,
    /// Between two of them.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            tries: 4,
            pause: Duration::from_secs(2),
        }
    }
}

/// A hub and who asks it. Not printable, since it holds a token.
pub(super) struct Hub {
    pub endpoint: Url,
    /// `Bearer` and the token; marked as something that is not to be shown.
    pub token: Option<HeaderValue>,
    pub patience: Patience,
}

/// What the hub answered, at the end of its redirects.
pub(super) struct Answer {
    pub response: Response,
    /// Hash of the file, as the hub itself named it before it sent on to where the file lies.
    pub expected: Option<Expected>,
    /// Its size, likewise.
    pub bytes: Option<u64>,
}

/// Waits for something, and for a request to stop.
pub(super) async fn watched<T>(
    control: &Control,
    work: impl Future<Output = T>,
) -> Result<T, Cancelled> {
    let mut work = pin!(work);
    control.check()?;
    loop {
        if let Ok(done) = tokio::time::timeout(LOOK, work.as_mut()).await {
            return Ok(done);
        }
        control.check()?;
    }
}

fn variable(name: &str) -> Option<String> {
    let text = std::env::var(name).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

impl Hub {
    /// As the environment says.
    ///
    /// # Errors
    /// [`HubError::BadSetting`].
    pub fn of_environment() -> Result<Self, HubError> {
        let endpoint = variable(ENDPOINT).unwrap_or_else(|| USUAL.to_owned());
        Self::new(&endpoint, variable(TOKEN).as_deref(), Patience::default())
    }

    /// With settings as their environment variables have them.
    ///
    /// # Errors
    /// [`HubError::BadSetting`], which never tells the token.
    pub fn new(endpoint: &str, token: Option<&str>, patience: Patience) -> Result<Self, HubError> {
        let bad =
            |variable, reason: &str| HubError::BadSetting { variable, reason: reason.to_owned() };
        let is_web = |url: &Url| matches!(url.scheme(), "https" | "http") && url.has_host();
        let endpoint = Url::parse(endpoint).ok().filter(is_web).ok_or_else(|| {
            bad(ENDPOINT, "it should be an address such as https://huggingface.co")
        })?;
        if !endpoint.username().is_empty() || endpoint.password().is_some() {
            return Err(bad(ENDPOINT, "it must not hold a name or password; use HF_TOKEN"));
        }
        let token = token
            .map(|token| {
                let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                    .map_err(|_| bad(TOKEN, "it holds characters that no token has"))?;
                value.set_sensitive(true);
                Ok::<_, HubError>(value)
            })
            .transpose()?;
        Ok(Self { endpoint, token, patience })
    }

    /// What requests go through. Redirects are followed by [`Self::get`], which knows who may see the token.
    ///
    /// # Errors
    /// [`HubError::Unreachable`] when there is no way to check whom one speaks to.
    pub fn client(&self) -> Result<Client, HubError> {
        let client = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .connect_timeout(self.patience.connect)
            .read_timeout(self.patience.silence);
        // No proxy leads to a mirror on this very machine.
        let is_here = matches!(self.endpoint.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        let client = if is_here { client.no_proxy() } else { client };
        client.build().map_err(|error| self.failed(&error, &self.endpoint))
    }

    /// How the hub is called in messages.
    pub fn host(&self) -> String {
        host(&self.endpoint)
    }

    /// An address below the endpoint.
    fn address(&self, parts: &[&str]) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }

    /// Where a file of a commit lies.
    pub fn file_address(&self, model: &HubModel, commit: &str, file: &str) -> Url {
        let mut parts = vec![model.owner.as_str(), model.name.as_str(), "resolve", commit];
        parts.extend(file.split('/'));
        self.address(&parts)
    }

    /// What the model is made of.
    ///
    /// # Errors
    /// [`HubError`].
    pub async fn listing(
        &self,
        client: &Client,
        model: &HubModel,
        control: &Control,
    ) -> Result<Listing, HubError> {
        let parts = ["api", "models", &model.owner, &model.name, "revision", model.revision()];
        let mut url = self.address(&parts);
        url.set_query(Some("blobs=true"));
        let Answer { response, .. } = self.get(client, url, 0, control).await?;
        if !response.status().is_success() {
            return Err(self.refused(model, &response, None));
        }
        let text = watched(control, response.bytes()).await?;
        let text = text.map_err(|error| self.failed(&error, &self.endpoint))?;
        Listing::parse(&text).map_err(|reason| HubError::BadListing { host: self.host(), reason })
    }

    /// Asks for what lies at `url`, from a byte on, and follows redirects. The token goes to the hub itself only,
    /// and nothing goes from an encrypted address to one in clear.
    ///
    /// # Errors
    /// [`HubError::Cancelled`], or that there was no answer; a refusal is one.
    pub async fn get(
        &self,
        client: &Client,
        mut url: Url,
        from: u64,
        control: &Control,
    ) -> Result<Answer, HubError> {
        let (mut expected, mut bytes) = (None, None);
        for _ in 0..MOST_REDIRECTS {
            let is_hub = url.origin() == self.endpoint.origin();
            let mut request = client.get(url.clone());
            if let Some(token) = self.token.as_ref().filter(|_| is_hub) {
                request = request.header(AUTHORIZATION, token);
            }
            if from > 0 {
                request = request.header(RANGE, format!("bytes={from}-"));
            }
            let response = watched(control, request.send()).await?;
            let response = response.map_err(|error| self.failed(&error, &url))?;
            if is_hub {
                expected = expected.or_else(|| {
                    text(response.headers(), "x-linked-etag").and_then(Expected::parse)
                });
                bytes = bytes.or_else(|| text(response.headers(), "x-linked-size")?.parse().ok());
            }
            if !response.status().is_redirection() {
                return Ok(Answer { response, expected, bytes });
            }
            url = next(&url, &response).ok_or_else(|| HubError::Status {
                host: host(&url),
                status: response.status().to_string(),
                what: "a file".to_owned(),
                advice: "It sends on to an address that cannot be used. Check HF_ENDPOINT",
            })?;
        }
        let reason = "it sends on without end".to_owned();
        Err(HubError::Unreachable { host: self.host(), reason })
    }

    /// That there was no answer.
    pub fn failed(&self, error: &reqwest::Error, url: &Url) -> HubError {
        let host = host(url);
        if error.is_timeout() {
            let patience =
                if error.is_connect() { self.patience.connect } else { self.patience.silence };
            return HubError::TimedOut { host, secs: patience.as_secs() };
        }
        // The innermost cause is what the system said; the outer ones name addresses.
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        HubError::Unreachable { host, reason: cause.to_string() }
    }

    /// What an answer that is no success means: to the request for the list of files, or for `file`.
    pub fn refused(&self, model: &HubModel, response: &Response, file: Option<&str>) -> HubError {
        let (model, host) = (model.clone(), self.host());
        let status = response.status();
        let code = text(response.headers(), "x-error-code").unwrap_or_default();
        let is_closed = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        match code {
            "GatedRepo" => return self.gated(&model),
            "RevisionNotFound" => return HubError::NoSuchRevision { model },
            // A token that is no good is answered without a code.
            "RepoNotFound" => return HubError::NoSuchModel { model, host },
            _ => {}
        }
        match file {
            Some(_) if is_closed => self.gated(&model),
            None if is_closed && self.token.is_some() => HubError::Refused { model, host },
            None if is_closed || status == StatusCode::NOT_FOUND => {
                HubError::NoSuchModel { model, host }
            }
            _ => HubError::Status {
                host,
                status: status.to_string(),
                what: file.unwrap_or("the list of files").to_owned(),
                advice: match status {
                    StatusCode::TOO_MANY_REQUESTS => {
                        "It asks for patience: wait some minutes, or set HF_TOKEN"
                    }
                    _ if status.is_server_error() => "Try again later",
                    _ => "Check HF_ENDPOINT, or try again later",
                },
            },
        }
    }

    /// That one has to be let in.
    pub fn gated(&self, model: &HubModel) -> HubError {
        let page = self.address(&[&model.owner, &model.name]).to_string();
        HubError::Gated { model: model.clone(), page }
    }
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Where a redirect leads, unless that is in clear.
fn next(url: &Url, response: &Response) -> Option<Url> {
    let next = url.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    let is_safe = next.scheme() == "https" || (next.scheme() == "http" && url.scheme() == "http");
    is_safe.then_some(next)
}
