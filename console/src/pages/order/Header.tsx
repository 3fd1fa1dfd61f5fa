import { A } from "@solidjs/router";
import { For, Show } from "solid-js";
import { can } from "~/app/session";
import { define, moment } from "~/i18n";
import { Badge, Menu, MenuItem, sayProblem, StatusBadge, Time, clock } from "~/ui";
import { ChevronDown, CircleAlert, Clock, Copy, Download, Ellipsis, FileText, History, MapPin, RefreshCw, Trash, Truck, Zap } from "~/ui/icons";
import { ConnectionLink } from "./Authority";
import { useOrder } from "./model";
import { possible, usual, type Transition } from "./states";
import { transitionWord } from "./Move";
import { worded } from "./values";

const texts = define({
  en: {
    untitled: "Order {serial}", rush: "Rush", rework: "Rework", late: "Late", overdue: "Overdue", more: "More to do with this order", move: "Move on", due: "Due {at}", noDue: "No due date", nobody: "Nobody assigned",
    from: "From", native: "Made here", routed: "Handed to", reportPdf: "Report", pdf: "Report as PDF", open: "Open the report (PDF)", json: "Report as data (JSON)", csv: "Report as a table (CSV)", duplicate: "Duplicate", remove: "Delete",
    past: "Time travel", refresh: "Read anew", map: "On the map", assign: "Assign…",
  },
  nl: {
    untitled: "Order {serial}", rush: "Spoed", rework: "Herstel", late: "Te laat", overdue: "Over tijd", more: "Meer met deze order", move: "Verder", due: "Uiterlijk {at}", noDue: "Geen uiterste datum", nobody: "Niemand toegewezen",
    from: "Van", native: "Hier gemaakt", routed: "Doorgegeven aan", reportPdf: "Rapport", pdf: "Rapport als PDF", open: "Rapport openen (PDF)", json: "Rapport als gegevens (JSON)", csv: "Rapport als tabel (CSV)", duplicate: "Dupliceren", remove: "Verwijderen",
    past: "Tijdreis", refresh: "Opnieuw lezen", map: "Op de kaart", assign: "Toewijzen…",
  },
  es: {
    untitled: "Orden {serial}", rush: "Urgente", rework: "Repetición", late: "Con retraso", overdue: "Vencida", more: "Más acciones de esta orden", move: "Avanzar", due: "Vence {at}", noDue: "Sin vencimiento", nobody: "Nadie asignado",
    from: "De", native: "Creada aquí", routed: "Pasada a", reportPdf: "Informe", pdf: "Informe en PDF", open: "Abrir el informe (PDF)", json: "Informe como datos (JSON)", csv: "Informe como tabla (CSV)", duplicate: "Duplicar", remove: "Eliminar",
    past: "Viaje en el tiempo", refresh: "Leer de nuevo", map: "En el mapa", assign: "Asignar…",
  },
  ru: {
    untitled: "Заказ {serial}", rush: "Срочно", rework: "Переделка", late: "С опозданием", overdue: "Просрочен", more: "Другие действия с заказом", move: "Дальше", due: "Срок {at}", noDue: "Без срока", nobody: "Никто не назначен",
    from: "Откуда", native: "Создан здесь", routed: "Передан", reportPdf: "Отчёт", pdf: "Отчёт в PDF", open: "Открыть отчёт (PDF)", json: "Отчёт как данные (JSON)", csv: "Отчёт таблицей (CSV)", duplicate: "Дублировать", remove: "Удалить",
    past: "Путешествие во времени", refresh: "Прочитать заново", map: "На карте", assign: "Назначить…",
  },
});

const OVER = ["completed", "submitted", "invoiced", "closed", "canceled"];

export type Dialogs = "assign" | "duplicate" | "remove" | "keys" | "ask" | { move: Transition };

/** Which order, how it stands, and what can be done with it. */
export function Header(props: { onOpen: (dialog: Dialogs) => void }) {
  const t = texts();
  const order = useOrder();
  const shown = () => order.shown()!;
  const isOverdue = () => !OVER.includes(shown().status) && shown().due !== null && Date.parse(shown().due!) < clock() && !order.past();
  const assigned = () => [worded("unit", shown().unit, order.names()), shown().person, shown().crew].filter(Boolean).join(", ");
  const heading = () => shown().number || shown().title || t("untitled", { serial: String(shown().serial) });
  return (
    <header class="order-head">
      <div class="row">
        <h1>{heading()}</h1>
        <StatusBadge status={shown().status} />
        <Show when={shown().rush}>
          <Badge tone="danger">
            <Zap size={12} aria-hidden="true" />
            {t("rush")}
          </Badge>
        </Show>
        <Show when={shown().rework}>
          <Badge tone="warn">
            <RefreshCw size={12} aria-hidden="true" />
            {t("rework")}
          </Badge>
        </Show>
        <Show when={shown().late || isOverdue()}>
          <Badge tone="danger">
            <CircleAlert size={12} aria-hidden="true" />
            {shown().late ? t("late") : t("overdue")}
          </Badge>
        </Show>
        <span class="soft number">#{shown().serial}</span>
        <div class="order-doings">
          <Show when={order.editable()}>
            <Moves onOpen={props.onOpen} />
          </Show>
          <MoreMenu onOpen={props.onOpen} />
        </div>
      </div>
      <Show when={shown().title && shown().number}>
        <p class="order-title">{shown().title}</p>
      </Show>
      <div class="row order-facts">
        <span class="fact">
          <Clock size={14} aria-hidden="true" />
          <Show when={shown().due} fallback={<span class="soft">{t("noDue")}</span>}>
            {(due) => <span title={moment(due(), { dateStyle: "full", timeStyle: "long" })}>{t("due", { at: moment(due()) })}</span>}
          </Show>
        </span>
        <span class="fact">
          <Truck size={14} aria-hidden="true" />
          <Show when={order.editable()} fallback={<span classList={{ soft: !assigned() }}>{assigned() || t("nobody")}</span>}>
            <button type="button" class="link" onClick={() => props.onOpen("assign")}>
              {assigned() || t("nobody")}
            </button>
          </Show>
        </span>
        <Show when={shown().site}>
          <span class="fact">
            <MapPin size={14} aria-hidden="true" />
            <A href={`/map?order=${shown().serial}`}>{[shown().site!["address1"], shown().site!["city"]].filter(Boolean).join(", ") || t("map")}</A>
          </span>
        </Show>
        <span class="fact">
          <Show when={shown().origin.connection !== null} fallback={t("native")}>
            <span class="soft">{t("from")}</span>
            <ConnectionLink of={shown().origin.connection} />
          </Show>
          <Badge>{shown().origin.dialect}</Badge>
        </span>
        <Show when={shown().routed_to?.length}>
          <span class="fact">
            <span class="soft">{t("routed")}</span>
            <For each={shown().routed_to}>{(connection) => <ConnectionLink of={connection} />}</For>
          </span>
        </Show>
        <Show when={shown().status_since}>
          <span class="fact soft">
            <Time at={shown().status_since} />
          </span>
        </Show>
      </div>
    </header>
  );
}

function Moves(props: { onOpen: (dialog: Dialogs) => void }) {
  const t = texts();
  const order = useOrder();
  const status = () => order.now()?.status ?? "";
  const quick = () => usual(status());
  const open = (transition: Transition) => props.onOpen(transition === "assign" ? "assign" : transition === "ask" ? "ask" : { move: transition });
  return (
    <>
      <For each={quick()}>
        {(transition, at) => (
          <button type="button" class="button" classList={{ primary: at() === 0, "wide-only": at() > 0 }} onClick={() => open(transition)}>
            {transitionWord(transition)}
          </button>
        )}
      </For>
      <Menu label={t("move")} button={<>{t("move")}<ChevronDown size={15} aria-hidden="true" /></>}>
        <For each={possible(status())}>{(transition) => <MenuItem onSelect={() => open(transition)}>{transitionWord(transition)}</MenuItem>}</For>
      </Menu>
    </>
  );
}


function MoreMenu(props: { onOpen: (dialog: Dialogs) => void }) {
  const t = texts();
  const order = useOrder();
  const report = (format: string) => `${order.base()}/report?format=${format}`;
  const download = (format: string) => {
    const link = document.createElement("a");
    link.href = report(format);
    link.download = `order-${order.now()?.serial}.${format}`;
    link.click();
  };
  return (
    <Menu label={t("more")} class="button icon" button={<Ellipsis size={16} aria-hidden="true" />}>
      <MenuItem onSelect={() => window.open(report("pdf"), "_blank", "noopener")}>
        <FileText size={15} aria-hidden="true" />
        {t("open")}
      </MenuItem>
      <For each={["pdf", "json", "csv"] as const}>
        {(format) => (
          <MenuItem onSelect={() => download(format)}>
            <Download size={15} aria-hidden="true" />
            {t(format)}
          </MenuItem>
        )}
      </For>
      <Show when={!order.past()}>
        <MenuItem onSelect={() => order.step(-1)} disabled={order.entries().length < 2}>
          <History size={15} aria-hidden="true" />
          {t("past")}
        </MenuItem>
      </Show>
      <MenuItem onSelect={() => void order.reload().catch(sayProblem)}>
        <RefreshCw size={15} aria-hidden="true" />
        {t("refresh")}
      </MenuItem>
      <Show when={can("dispatcher")}>
        <MenuItem onSelect={() => props.onOpen("duplicate")}>
          <Copy size={15} aria-hidden="true" />
          {t("duplicate")}
        </MenuItem>
        <Show when={order.editable()}>
          <MenuItem onSelect={() => props.onOpen("remove")}>
            <Trash size={15} aria-hidden="true" />
            {t("remove")}
          </MenuItem>
        </Show>
      </Show>
    </Menu>
  );
}

