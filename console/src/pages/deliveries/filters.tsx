import { createResource, onCleanup, Show, Suspense, type JSX } from "solid-js";
import { api } from "~/api/client";
import { words } from "~/i18n/words";
import { SelectField, TextField } from "~/ui";
import { deliveryWords, DELIVERY_STATUSES } from "./status";
import { deliveryTexts } from "./texts";
import "../exchanges/exchanges.css";

export type DeliveryFilter = Record<"connection" | "status" | "order", string>;

/** Both wait for somebody to decide. */
const ATTENTION = "error,held";

export function DeliveryFilters(props: { value: Partial<DeliveryFilter>; fixed?: string | undefined; onChange: (change: Partial<DeliveryFilter>) => void; children: JSX.Element }) {
  const t = deliveryTexts();
  const d = deliveryWords();
  const w = words();
  const [names] = createResource(() => api.get<{ connections: { name: string; role: string }[] }>("/v1/connections").then((all) => all.connections.filter((one) => one.role !== "serve").map((one) => one.name)));
  let timer: number | undefined;
  onCleanup(() => window.clearTimeout(timer));
  const isSet = () => props.value.status || props.value.order || (props.value.connection && !props.fixed);
  return (
    <div class="filters" role="search" aria-label={t("filters")}>
      <SelectField
        label={w("status")}
        value={props.value.status ?? ""}
        options={[["", t("all")], [ATTENTION, t("attention")], ...DELIVERY_STATUSES.map((status) => [status, d(status)] as const)]}
        onChange={(status) => props.onChange({ status })}
      />
      <Show when={!props.fixed}>
        <Suspense>
          <SelectField label={t("connection")} value={props.value.connection ?? ""} options={[["", t("any")], ...(names() ?? []).map((name) => [name, name] as const)]} onChange={(connection) => props.onChange({ connection })} />
        </Suspense>
      </Show>
      <TextField
        label={t("order")}
        type="search"
        placeholder={t("orderHint")}
        value={props.value.order ?? ""}
        onInput={(order) => {
          window.clearTimeout(timer);
          timer = window.setTimeout(() => props.onChange({ order: order.trim() }), 250);
        }}
      />
      <Show when={isSet()}>
        <button type="button" class="button plain" onClick={() => props.onChange({ connection: "", status: "", order: "" })}>
          {t("clear")}
        </button>
      </Show>
      {props.children}
    </div>
  );
}
