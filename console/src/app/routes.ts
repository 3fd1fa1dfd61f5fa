/** Every page, where it is, and what it is called: the router, the navigation and the keyboard all walk this. */

import { lazy, type Component } from "solid-js";
import { ArrowLeftRight, Cable, ClipboardList, FileText, Gauge, Mail, MapIcon, Send, Settings, Table, Truck, Webhook } from "~/ui/icons";

export interface Page {
  path: string;
  key: "board" | "map" | "units" | "jobs" | "deliveries" | "messages" | "connections" | "exchanges" | "crosswalk" | "webhooks" | "system" | "settings";
  icon: Component<{ size?: number; "aria-hidden"?: boolean }>;
  /** Press g, then this. */
  shortcut: string;
  /** On a phone these stand in the bar, the others behind "more". */
  first?: boolean;
}

/** What the navigation shows. */
export const PAGES: readonly Page[] = [
  { path: "/board", key: "board", icon: ClipboardList, shortcut: "b", first: true },
  { path: "/map", key: "map", icon: MapIcon, shortcut: "m", first: true },
  { path: "/units", key: "units", icon: Truck, shortcut: "u" },
  { path: "/jobs", key: "jobs", icon: FileText, shortcut: "j", first: true },
  { path: "/deliveries", key: "deliveries", icon: Send, shortcut: "d", first: true },
  { path: "/messages", key: "messages", icon: Mail, shortcut: "o" },
  { path: "/connections", key: "connections", icon: Cable, shortcut: "c" },
  { path: "/exchanges", key: "exchanges", icon: ArrowLeftRight, shortcut: "e" },
  { path: "/crosswalk", key: "crosswalk", icon: Table, shortcut: "x" },
  { path: "/webhooks", key: "webhooks", icon: Webhook, shortcut: "w" },
  { path: "/system", key: "system", icon: Gauge, shortcut: "y" },
  { path: "/settings", key: "settings", icon: Settings, shortcut: "s" },
];

/** Path patterns of the router. Each page is fetched when it is first looked at. */
export const ROUTES: readonly (readonly [path: string, page: Component])[] = [
  ["/board", lazy(() => import("~/pages/board"))],
  ["/map", lazy(() => import("~/pages/map"))],
  ["/units", lazy(() => import("~/pages/units"))],
  ["/orders/:id", lazy(() => import("~/pages/order"))],
  ["/jobs", lazy(() => import("~/pages/jobs"))],
  ["/jobs/:id", lazy(() => import("~/pages/jobs"))],
  ["/deliveries", lazy(() => import("~/pages/deliveries"))],
  ["/messages", lazy(() => import("~/pages/messages"))],
  ["/connections", lazy(() => import("~/pages/connections"))],
  ["/connections/:name", lazy(() => import("~/pages/connections/connection"))],
  ["/rules", lazy(() => import("~/pages/connections/rules"))],
  ["/exchanges", lazy(() => import("~/pages/exchanges"))],
  ["/exchanges/:id", lazy(() => import("~/pages/exchanges/exchange"))],
  ["/crosswalk", lazy(() => import("~/pages/crosswalk"))],
  ["/webhooks", lazy(() => import("~/pages/webhooks"))],
  ["/webhooks/:name", lazy(() => import("~/pages/webhooks/webhook"))],
  ["/system", lazy(() => import("~/pages/system"))],
  ["/settings", lazy(() => import("~/pages/settings"))],
];
