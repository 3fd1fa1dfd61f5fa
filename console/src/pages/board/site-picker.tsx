import { createResource } from "solid-js";
import { Picker } from "~/ui";
import { readSite, readSites, siteLine, type Site } from "./data";

/** A site, by its id. */
export function SitePicker(props: { label: string; hint?: string; value: string; onPick: (site: Site | undefined) => void }) {
  const [chosen] = createResource(() => props.value || undefined, (id) => readSite(id).then(siteLine).catch(() => id));
  return <Picker<Site> label={props.label} hint={props.hint} read={readSites} line={siteLine} onPick={props.onPick} chosen={props.value ? (chosen.latest ?? "…") : undefined} />;
}
