import { createSignal, For, Show } from "solid-js";
import { newId } from "~/api/client";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, Dialog, Empty, ErrorNotice, SelectField, TextField } from "~/ui";
import { Pencil, Plus } from "~/ui/icons";
import { Later, Source } from "./Item";
import { useOrder } from "./model";
import type { Charge, ChargeKind } from "./types";

const texts = define({
  en: { title: "Charges", none: "No charges", add: "Add a charge", edit: "Change {name}", kind: "Part of", bid: "Bid", completion: "Completion", invoice: "Invoice", description: "What is charged", quantity: "Quantity", price: "Price of one", total: "Total", comment: "Comment", flat: "Fixed price", item: "Catalogue id" },
  nl: { title: "Regels", none: "Geen regels", add: "Regel toevoegen", edit: "{name} wijzigen", kind: "Hoort bij", bid: "Offerte", completion: "Uitgevoerd werk", invoice: "Factuur", description: "Wat wordt berekend", quantity: "Aantal", price: "Stukprijs", total: "Totaal", comment: "Opmerking", flat: "Vaste prijs", item: "Catalogus-id" },
  es: { title: "Cargos", none: "Sin cargos", add: "Añadir un cargo", edit: "Cambiar {name}", kind: "Parte de", bid: "Oferta", completion: "Trabajo hecho", invoice: "Factura", description: "Qué se cobra", quantity: "Cantidad", price: "Precio unitario", total: "Total", comment: "Comentario", flat: "Precio fijo", item: "Id de catálogo" },
  ru: { title: "Начисления", none: "Начислений нет", add: "Добавить начисление", edit: "Изменить: {name}", kind: "Относится к", bid: "Смета", completion: "Выполненное", invoice: "Счёт", description: "За что", quantity: "Количество", price: "Цена за единицу", total: "Итого", comment: "Комментарий", flat: "Твёрдая цена", item: "Id в каталоге" },
});

const KINDS: readonly ChargeKind[] = ["bid", "completion", "invoice"];
const money = (amount: number) => number(amount, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const total = (charge: Charge) => (charge.unit_price === undefined ? undefined : charge.unit_price * (charge.quantity ?? 1));

/** Lines of bids, completions and invoices, with what they come to. */
export function Charges() {
  const t = texts();
  const order = useOrder();
  const [open, setOpen] = createSignal<Charge | "new">();
  const all = () => order.shown()?.charges ?? [];
  const of = (kind: ChargeKind) => all().filter((charge) => charge.charge === kind);
  const sum = (kind: ChargeKind) => of(kind).reduce((sum, charge) => sum + (total(charge) ?? 0), 0);
  return (
    <section class="card" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Later list="charges" />
        <Show when={order.editable()}>
          <button type="button" class="button small" onClick={() => setOpen("new")}>
            <Plus size={14} aria-hidden="true" />
            {t("add")}
          </button>
        </Show>
      </header>
      <Show when={all().length} fallback={<Empty>{t("none")}</Empty>}>
        <For each={KINDS.filter((kind) => of(kind).length)}>
          {(kind) => (
            <div class="scroll">
              <table class="plain charges">
                <caption>
                  {t(kind)} <span class="number">{money(sum(kind))}</span>
                </caption>
                <thead>
                  <tr>
                    <th>{t("description")}</th>
                    <th class="end">{t("quantity")}</th>
                    <th class="end">{t("price")}</th>
                    <th class="end">{t("total")}</th>
                    <th class="tools" />
                  </tr>
                </thead>
                <tbody>
                  <For each={of(kind)}>
                    {(charge) => (
                      <tr>
                        <td>
                          {charge.description} <Show when={charge.flat_fee}>{<Badge>{t("flat")}</Badge>}</Show>
                          <Show when={charge.comment}>
                            <p class="soft lines">{charge.comment}</p>
                          </Show>
                          <p class="small soft">
                            <Source of={charge} />
                          </p>
                        </td>
                        <td class="end number">{charge.quantity === undefined ? "" : number(charge.quantity)}</td>
                        <td class="end number">{charge.unit_price === undefined ? "" : money(charge.unit_price)}</td>
                        <td class="end number">{total(charge) === undefined ? "" : money(total(charge)!)}</td>
                        <td class="tools">
                          <Show when={order.editable() && charge.origin.connection === null}>
                            <button type="button" class="button plain small icon" aria-label={t("edit", { name: charge.description })} onClick={() => setOpen(charge)}>
                              <Pencil size={13} aria-hidden="true" />
                            </button>
                          </Show>
                        </td>
                      </tr>
                    )}
                  </For>
                </tbody>
              </table>
            </div>
          )}
        </For>
      </Show>
      <Show when={open()} keyed>
        {(charge) => <ChargeDialog charge={charge === "new" ? undefined : charge} onClose={() => setOpen(undefined)} />}
      </Show>
    </section>
  );
}

function ChargeDialog(props: { charge: Charge | undefined; onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const known = props.charge;
  const id = known?.id ?? newId();
  const [kind, setKind] = createSignal<string>(known?.charge ?? "completion");
  const [description, setDescription] = createSignal(known?.description ?? "");
  const [quantity, setQuantity] = createSignal(String(known?.quantity ?? 1));
  const [price, setPrice] = createSignal(String(known?.unit_price ?? ""));
  const [comment, setComment] = createSignal(known?.comment ?? "");
  const [item, setItem] = createSignal(known?.item ?? "");
  const [flat, setFlat] = createSignal(known?.flat_fee ?? false);
  const [error, setError] = createSignal<unknown>();
  const [busy, setBusy] = createSignal(false);
  const send = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await order.put("charges", {
        id,
        charge: kind(),
        description: description().trim(),
        flat_fee: flat(),
        comment: comment().trim(),
        photos: [...(known?.photos ?? [])],
        ...(known?.author ? { author: known.author, at: known.at } : {}),
        ...(quantity() ? { quantity: Number(quantity()) } : {}),
        ...(price() ? { unit_price: Number(price()) } : {}),
        ...(item().trim() ? { item: item().trim() } : {}),
      });
      props.onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={known ? t("edit", { name: known.description }) : t("add")}
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary" disabled={busy()}>
            {w("save")}
          </button>
        </>
      }
    >
      <SelectField label={t("kind")} value={kind()} onChange={setKind} options={KINDS.map((one): [string, string] => [one, t(one)])} />
      <TextField label={t("description")} value={description()} onInput={setDescription} required autofocus />
      <div class="form">
        <TextField label={t("quantity")} type="number" step="any" value={quantity()} onInput={setQuantity} />
        <TextField label={t("price")} type="number" step="any" value={price()} onInput={setPrice} />
      </div>
      <TextField label={t("comment")} value={comment()} onInput={setComment} />
      <TextField label={t("item")} value={item()} onInput={setItem} />
      <label class="check">
        <input type="checkbox" checked={flat()} onChange={(event) => setFlat(event.currentTarget.checked)} />
        {t("flat")}
      </label>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
