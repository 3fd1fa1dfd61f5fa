//! What the configuration means to each part of the hub.

use super::{Completes, Config, Keep, Mail, Notify, Outside, Planning, Sms, Users};
use docket_app::dispatch::{DispatchOptions, RoadOptions};
use docket_app::jobs::JobOptions;
use docket_app::mail::{MailOptions, PostOptions, SmsOptions};
use docket_app::notify::NotifyOptions;
use docket_app::outside::{Network, OutsideOptions, authorities};
use docket_app::plan::PlanOptions;
use docket_app::relay::RelayOptions;
use docket_app::track::ips::IpsOptions;
use docket_app::users::UserOptions;
use docket_app::vault::KeySource;
use docket_app::{Clock, HubOptions};
use docket_core::completion::Defaults;
use docket_core::engine;
use docket_store::StoreOptions;
use jiff::tz::TimeZone;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const DAY_S: u64 = 86_400;

impl Config {
    /// The served base, for printed URLs.
    pub fn base_url(&self) -> String {
        match self.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.listen),
            url => url.to_owned(),
        }
    }

    /// How a hub is opened that serves at an address.
    pub fn hub(&self, served_at: SocketAddr, clock: Arc<dyn Clock>) -> Result<HubOptions, String> {
        Ok(HubOptions {
            store: self.store(),
            clock,
            exchange_body_limit: self.wire_log.body_bytes,
            track_kept: self.track_kept(),
            outside: self.outside()?,
            planning: self.planning()?,
            relay: self.relay(served_at),
            notify: self.notify()?,
            users: self.users()?,
        })
    }

    /// Who is believed about where requests come from.
    pub fn proxies(&self) -> Result<Vec<Network>, String> {
        let read = self.users.proxies.iter().map(|text| text.parse());
        read.collect::<Result<_, String>>().map_err(|error| format!("[users] proxies: {error}"))
    }

    /// How long people stay signed in.
    pub fn users(&self) -> Result<UserOptions, String> {
        let Users { session_idle_minutes, session_hours, .. } = self.users;
        if session_idle_minutes == 0 || session_hours == 0 {
            return Err("[users] session_idle_minutes and session_hours: nobody could stay signed in".to_owned());
        }
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Ok(UserOptions { idle: minutes(session_idle_minutes.into()), lasts: minutes(60 * u64::from(session_hours)) })
    }

    /// How the store is opened.
    pub fn store(&self) -> StoreOptions {
        StoreOptions {
            data: self.data.clone(),
            database_url: Some(self.database_url.clone()).filter(|url| !url.is_empty()),
            queue_limit: self.limits.queue,
        }
    }

    /// How long units' position histories are kept.
    pub fn track_kept(&self) -> Option<Duration> {
        let days = u64::from(self.positions.keep_days);
        (days > 0).then(|| Duration::from_secs(days * DAY_S))
    }

    /// How units are followed, if they are.
    pub fn dispatch(&self) -> Result<Option<DispatchOptions>, String> {
        let tracking = &self.tracking;
        let defaults = Defaults {
            radius_m: tracking.radius_m,
            needs_stop: matches!(tracking.completes, Completes::Stop | Completes::StopAndLeave),
            needs_exit: matches!(tracking.completes, Completes::Leave | Completes::StopAndLeave),
            completes: tracking.completes != Completes::Arrive,
        };
        let authorities = self.outside()?.authorities;
        let road = (!tracking.osrm_url.is_empty()).then(|| RoadOptions {
            url: tracking.osrm_url.clone(),
            profile: tracking.osrm_profile.clone(),
            timeout: Duration::from_millis(tracking.osrm_timeout_ms),
            authorities,
        });
        Ok((tracking.follow > 0).then(|| DispatchOptions {
            engine: engine::Options { defaults, jump_kmh: tracking.jump_kmh },
            estimate_every: Duration::from_secs(tracking.estimate_every_s.max(1)),
            deviation_m: tracking.deviation_m,
            road,
        }))
    }

    /// How messages are sent, as far as they are.
    pub fn post(&self) -> Result<PostOptions, String> {
        let Mail { server, username, password, from, ca_file } = self.mail.clone();
        let mail = (!server.is_empty()).then_some(MailOptions { server, username, password, from, ca_file });
        let sms = match self.sms.url.is_empty() {
            true => None,
            false => Some(self.gateway()?),
        };
        Ok(PostOptions { mail, sms })
    }

    fn gateway(&self) -> Result<SmsOptions, String> {
        let Sms { url, method, headers, body, success_contains, timeout_ms, from, username, password, token } =
            self.sms.clone();
        let (timeout, authorities) = (Duration::from_millis(timeout_ms), self.outside()?.authorities);
        Ok(SmsOptions {
            url,
            method,
            headers,
            body,
            success_contains,
            timeout,
            from,
            username,
            password,
            token,
            authorities,
        })
    }

    /// How people are told about orders.
    pub fn notify(&self) -> Result<NotifyOptions, String> {
        let Notify { language, time_zone, daily_cap, operator, locator_url, keep_days } = self.notify.clone();
        if !NotifyOptions::speaks(&language) {
            let known = NotifyOptions::languages().join(", ");
            return Err(format!("[notify] language: `{language}` is not spoken here; choose one of {known}"));
        }
        let zone = TimeZone::get(&time_zone);
        let unknown = |_| format!("[notify] time_zone: there is no zone `{time_zone}`; write it as Europe/Amsterdam");
        Ok(NotifyOptions {
            language,
            zone: zone.map_err(unknown)?,
            daily_cap: i64::from(daily_cap),
            operator,
            locator_url,
            keep: Duration::from_secs(u64::from(keep_days.max(1)) * DAY_S),
        })
    }

    /// How the outside is called.
    pub fn outside(&self) -> Result<OutsideOptions, String> {
        let Outside { allow, body_bytes, timeout_ms, ca_file } = &self.outside;
        let allow: Result<_, String> = allow.iter().map(|text| text.parse()).collect();
        Ok(OutsideOptions {
            allow: allow.map_err(|error| format!("[outside] allow: {error}"))?,
            body_bytes: *body_bytes,
            timeout: Duration::from_millis(*timeout_ms),
            authorities: match ca_file.as_os_str().is_empty() {
                true => Vec::new(),
                false => authorities(ca_file).map_err(|error| format!("[outside] ca_file: {error}"))?,
            },
        })
    }

    /// How routes are planned.
    pub fn planning(&self) -> Result<PlanOptions, String> {
        let Planning { osrm_url, osrm_profile, osrm_table, osrm_timeout_ms, speed_kmh, most_ms, at_once, attempts } =
            self.planning.clone();
        let is_url = osrm_url.is_empty() || osrm_url.starts_with("http://") || osrm_url.starts_with("https://");
        if !is_url {
            return Err(format!("[planning] osrm_url: `{osrm_url}` is no URL; write it like http://127.0.0.1:5000"));
        }
        if !speed_kmh.is_finite() || speed_kmh < 0.0 {
            return Err(format!("[planning] speed_kmh: {speed_kmh} is no speed"));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(PlanOptions {
            osrm_url,
            osrm_profile,
            osrm_table,
            osrm_timeout: Duration::from_millis(osrm_timeout_ms),
            authorities: self.outside()?.authorities,
            speed_kmh,
            most_time: Duration::from_millis(most_ms.max(1)),
            at_once: if at_once == 0 { cores.saturating_sub(1).max(1) } else { at_once },
            attempts,
        })
    }

    /// Where the key is that secrets are sealed with.
    pub fn key(&self) -> KeySource {
        let beside = KeySource::beside(&self.data);
        KeySource {
            file: if self.secrets.key_file.as_os_str().is_empty() {
                beside.file
            } else {
                self.secrets.key_file.clone()
            },
            given: Some(self.secrets.key.trim().to_owned()).filter(|key| !key.is_empty()),
        }
    }

    /// The file that holds rules, if one does.
    pub fn rules_file(&self) -> Option<PathBuf> {
        Some(self.relay.rules.clone()).filter(|path| !path.as_os_str().is_empty())
    }

    /// How the counterparts of connections are called by a hub that serves at an address.
    pub fn relay(&self, served_at: SocketAddr) -> RelayOptions {
        let origin = match self.public_url.trim_end_matches('/') {
            "" => format!("http://{served_at}"),
            url => url.to_owned(),
        };
        RelayOptions {
            origin,
            log: self.wire_log.keep != Keep::Off,
            key: self.key(),
            rules: self.rules_file(),
            ..RelayOptions::beside(&self.data)
        }
    }

    /// Where trackers are listened for, if they are.
    pub fn ips_listen(&self) -> Result<Option<SocketAddr>, String> {
        let text = self.wialon.ips_listen.trim();
        let read = |_| format!("[wialon] ips_listen: `{text}` is no address and port");
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(read) }
    }

    /// How many trackers there may be, and for how long.
    pub fn ips(&self) -> IpsOptions {
        IpsOptions {
            connections: self.wialon.ips_connections,
            idle: Duration::from_millis(self.wialon.ips_idle_ms),
            log: self.wire_log.trackers,
        }
    }

    /// How jobs are done.
    pub fn jobs(&self) -> JobOptions {
        JobOptions {
            produces: self.jobs.producers > 0,
            step: Duration::from_millis(self.jobs.step_ms),
            attempts: self.jobs.attempts,
        }
    }
}
