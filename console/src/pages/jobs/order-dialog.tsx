import { createMemo, createSignal, For, Show } from "solid-js";
import { api, idempotencyKey, Problem } from "~/api/client";
import { words } from "~/i18n/words";
import { Dialog, ErrorNotice, Picker, say, SelectField, TextField } from "~/ui";
import { X } from "~/ui/icons";
import { called as orderCalled, readRows, type Row, type Site } from "~/pages/board/data";
import { place } from "~/pages/board/place";
import { SitePicker } from "~/pages/board/site-picker";
import type { Product } from "./data";
import { jobTexts } from "./texts";

const SITE = ["address1", "address2", "city", "region", "postal_code", "country", "latitude", "longitude"] as const;

function siteOf(site: Partial<Record<(typeof SITE)[number], string | number | null | undefined>>): Record<string, unknown> {
  return Object.fromEntries(SITE.map((name) => [name, site[name]] as const).filter(([, value]) => value !== undefined && value !== null && value !== ""));
}

interface OrderDialogProps {
  products: readonly Product[];
  onClose: () => void;
  /** The job, if it is one. */
  onOrdered: (id: string | undefined) => void;
}

/** A document about a site, or one about each of some orders. */
export function OrderDialog(props: OrderDialogProps) {
  const t = jobTexts();
  const w = words();
  const products = createMemo(() => props.products.filter((product) => product.active));
  const [slug, setSlug] = createSignal("");
  const [site, setSite] = createSignal<Site>();
  const [address, setAddress] = createSignal("");
  const [city, setCity] = createSignal("");
  const [title, setTitle] = createSignal("");
  const [orders, setOrders] = createSignal<readonly Row[]>([]);
  const [problem, setProblem] = createSignal<unknown>();
  const [isBusy, setBusy] = createSignal(false);
  /** What was ordered before something went wrong is not ordered twice. */
  const made = new Set<string>();
  let key = idempotencyKey();

  const product = () => products().find((one) => one.slug === slug()) ?? products()[0];
  /** The beginning of a slug says what a report is about. */
  const isOfOrders = () => product()?.slug.startsWith("order_report") ?? false;
  const count = () => (isOfOrders() ? orders().length : site() || address().trim() ? 1 : 0);
  const findOrders = async (q: string, signal: AbortSignal) => {
    const { orders: found } = await readRows({ q, limit: 8, sort: "-serial" }, signal);
    return found.filter((row) => !orders().some((one) => one.id === row.id));
  };
  const titleOf = (about: string) => title().trim() || [product()?.name, about].filter(Boolean).join(", ");
  const wanted = (): [about: string, order: Record<string, unknown>][] => {
    const service = product()?.service;
    if (isOfOrders()) {
      return orders().map((row) => [row.id, { service, title: titleOf(orderCalled(row)), dependencies: [row.serial], site: siteOf({ address1: row.address, city: row.city, postal_code: row.postal_code }) }]);
    }
    const about = siteOf(site() ?? { address1: address().trim(), city: city().trim() });
    return [["site", { service, title: titleOf([about["address1"], about["city"]].filter(Boolean).join(", ")), site: about }]];
  };
  const submit = async () => {
    if (!product() || !count()) return;
    setBusy(true);
    setProblem(undefined);
    try {
      let last: string | undefined;
      const all = wanted();
      for (const [about, { site, ...rest }] of all.filter(([about]) => !made.has(about))) {
        const order = Object.keys(site as object).length ? { ...rest, site } : rest;
        last = (await api.post<{ id: string }>("/v1/orders", order, key)).id;
        made.add(about);
        key = idempotencyKey();
      }
      say(t("ordered", { n: all.length }), "good");
      props.onClose();
      props.onOrdered(all.length === 1 ? last : undefined);
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem && error.status < 500) key = idempotencyKey();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("order")}
      onClose={props.onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>{w("cancel")}</button>
          <button type="submit" class="button primary" disabled={isBusy() || !count()}>{t("submit", { n: Math.max(1, count()) })}</button>
        </>
      }
    >
      <Show when={problem()}>{(error) => <ErrorNotice error={error()} />}</Show>
      <Show when={products().length} fallback={<p class="notice warn">{t("noProducts")}</p>}>
        <SelectField
          label={t("product")}
          hint={t("producerIs", { producer: product()?.producer === "built-in" ? t("builtIn") : product()?.producer })}
          value={product()?.slug ?? ""}
          options={products().map((one) => [one.slug, one.name] as const)}
          onChange={setSlug}
        />
        <Show
          when={isOfOrders()}
          fallback={
            <>
              <SitePicker label={t("site")} hint={t("siteHint")} value={site()?.id ?? ""} onPick={setSite} />
              <Show when={!site()}>
                <TextField label={t("address")} value={address()} onInput={setAddress} />
                <TextField label={t("city")} value={city()} onInput={setCity} />
              </Show>
            </>
          }
        >
          <Picker<Row> label={t("orders")} hint={t("ordersHint")} read={findOrders} line={(row) => [orderCalled(row), row.title, place(row)].filter(Boolean).join(" · ")} onPick={(row) => row && setOrders([...orders(), row])} />
          <ul class="row">
            <For each={orders()}>
              {(row) => (
                <li>
                  <button type="button" class="button small" aria-label={t("remove", { order: orderCalled(row) })} onClick={() => setOrders(orders().filter((one) => one !== row))}>
                    {orderCalled(row)}
                    <X size={13} aria-hidden="true" />
                  </button>
                </li>
              )}
            </For>
          </ul>
        </Show>
        <TextField label={t("name")} hint={t("nameHint")} value={title()} onInput={setTitle} maxLength={300} />
      </Show>
    </Dialog>
  );
}
