import type { SettingWords } from "./types";

/** Only where the hub's own words say less: everything else is in English already. */
export const en: SettingWords = {
  any: {
    url: ["URL", "Where the counterpart is, without the vendor's own path: https://host"],
    poll_s: ["Look for news every (s)", "Seconds between two looks for news; a ping of the counterpart is heard besides"],
    at_once: ["Calls at once", "How many calls may be on their way at the same time"],
    calls: ["Calls at most", "Within the time beside it, of all kinds; limits of single operations stay the vendor's"],
    within_s: ["Within (s)", "The seconds within which calls are counted; 60 where only the number of calls is set"],
    timeout_ms: ["Wait for an answer (ms)", "How long a call may take"],
    paused: ["Paused", "Nothing is called; what is owed waits"],
    release_above: ["Release above", "Orders that cost more wait until a person releases them, and so do those of unknown cost where the counterpart bills; 0 holds every order that costs anything, -1 none"],
  },
  ppw: {
    ping_us: ["Announce news here", "As an importer: tell the source where it can announce news"],
    confirm_empty: ["Confirm that there is nothing", "As an importer: say so when there are no bids and completions, before an order is ready for the office"],
  },
  pruvan: {
    towards: ["The counterpart is", "As a client: a Pruvan account, which is pushed to, or a remote system, which has the four services"],
  },
  mews: {
    webhook_url: ["Webhook URL", "Where the general webhook is sent when reservations changed; nowhere when empty"],
  },
};
