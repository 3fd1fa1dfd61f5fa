import { A, useParams, useSearchParams } from "@solidjs/router";
import { createEffect, createSignal, Match, onCleanup, Show, Switch } from "solid-js";
import { Problem } from "~/api/client";
import { useKeys } from "~/app/keys";
import { can } from "~/app/session";
import { define } from "~/i18n";
import { Empty, ErrorNotice, Skeleton, Tabs } from "~/ui";
import { Charges } from "./Charges";
import { CheckIns } from "./CheckIns";
import { DuplicateDialog, RemoveDialog } from "./Copy";
import { Details } from "./Details";
import { Faces } from "./Faces";
import { Files } from "./Files";
import { Forms } from "./Forms";
import { Header, type Dialogs } from "./Header";
import { createOrder, OrderContext, useOrder } from "./model";
import { AssignDialog, MoveDialog } from "./Move";
import { Notes } from "./Notes";
import { Past } from "./Past";
import { AskDialog, Questions } from "./Questions";
import { Systems } from "./Systems";
import { Tasks } from "./Tasks";
import { Timeline } from "./Timeline";
import "./order.css";

const texts = define({
  en: { page: "Order", details: "Order", work: "From the field", files: "Photos and files", timeline: "Timeline", faces: "Faces", links: "Systems", none: "There is no such order", gone: "This order was deleted. Its history stays.", board: "To the board", waiting: "Reading the order as it stood…", keyNote: "Write a note", keyFiles: "Add files", keyAssign: "Assign", keyCopy: "Duplicate", keyReport: "Open the report", keyEarlier: "Back in time", keyLater: "Forward in time", keyNow: "Back to now" },
  nl: { page: "Order", details: "Order", work: "Uit het veld", files: "Foto's en bestanden", timeline: "Tijdlijn", faces: "Gezichten", links: "Systemen", none: "Deze order bestaat niet", gone: "Deze order is verwijderd. De geschiedenis blijft.", board: "Naar het bord", waiting: "De order van toen wordt gelezen…", keyNote: "Notitie schrijven", keyFiles: "Bestanden toevoegen", keyAssign: "Toewijzen", keyCopy: "Dupliceren", keyReport: "Rapport openen", keyEarlier: "Terug in de tijd", keyLater: "Vooruit in de tijd", keyNow: "Terug naar nu" },
  es: { page: "Orden", details: "Orden", work: "Desde el terreno", files: "Fotos y archivos", timeline: "Cronología", faces: "Caras", links: "Sistemas", none: "Esta orden no existe", gone: "Esta orden se eliminó. Su historia permanece.", board: "Al tablero", waiting: "Leyendo la orden de entonces…", keyNote: "Escribir una nota", keyFiles: "Añadir archivos", keyAssign: "Asignar", keyCopy: "Duplicar", keyReport: "Abrir el informe", keyEarlier: "Atrás en el tiempo", keyLater: "Adelante en el tiempo", keyNow: "Volver a ahora" },
  ru: { page: "Заказ", details: "Заказ", work: "С места", files: "Фото и файлы", timeline: "Хронология", faces: "Лица", links: "Системы", none: "Такого заказа нет", gone: "Этот заказ удалён. История сохраняется.", board: "К доске", waiting: "Читаем заказ, каким он был…", keyNote: "Написать заметку", keyFiles: "Добавить файлы", keyAssign: "Назначить", keyCopy: "Дублировать", keyReport: "Открыть отчёт", keyEarlier: "Назад во времени", keyLater: "Вперёд во времени", keyNow: "Вернуться в настоящее" },
});

export default function Page() {
  const params = useParams<{ id: string }>();
  const model = createOrder(() => params.id ?? "");
  return (
    <OrderContext.Provider value={model}>
      <Whole />
    </OrderContext.Provider>
  );
}

const TABS = ["details", "work", "files", "timeline", "faces", "links"] as const;
type Tab = (typeof TABS)[number];

function Whole() {
  const t = texts();
  const order = useOrder();
  const [params, setParams] = useSearchParams<{ tab?: string }>();
  const tab = (): Tab => TABS.find((one) => one === params.tab) ?? "details";
  const go = (to: Tab) => setParams({ tab: to === "details" ? undefined : to }, { replace: true, scroll: false });
  const [dialog, setDialog] = createSignal<Dialogs>();
  const close = () => setDialog(undefined);
  createEffect(() => {
    const title = order.now()?.number || order.now()?.title || (order.now() && `#${order.now()!.serial}`);
    document.title = title ? `${title} · Docket` : "Docket";
  });
  onCleanup(() => (document.title = "Docket"));
  const counts = (): Partial<Record<Tab, number>> => {
    const of = order.shown();
    return of ? { work: of.notes.length + of.questions.length + of.forms.length + of.charges.length + of.check_ins.length, files: of.attachments.length } : {};
  };
  const tabWord = (key: Tab) => (counts()[key] ? `${t(key)} ${counts()[key]}` : t(key));
  const press = (id: string, to: Tab, then: (element: HTMLElement) => void) => {
    go(to);
    requestAnimationFrame(() => {
      const element = document.getElementById(id);
      if (element) then(element);
    });
  };
  useKeys([
    ...TABS.map((key, at) => ({ key: String(at + 1), text: () => t(key), act: () => go(key) })),
    { key: "n", text: () => t("keyNote"), act: () => order.editable() && press("order-note", "work", (area) => area.focus()) },
    { key: "u", text: () => t("keyFiles"), act: () => order.editable() && press("order-files", "files", (button) => button.click()) },
    { key: "a", text: () => t("keyAssign"), act: () => order.editable() && setDialog("assign") },
    { key: "d", text: () => t("keyCopy"), act: () => can("dispatcher") && order.now() && setDialog("duplicate") },
    { key: "r", text: () => t("keyReport"), act: () => window.open(`${order.base()}/report?format=pdf`, "_blank", "noopener") },
    { key: "[", text: () => t("keyEarlier"), act: () => order.step(-1) },
    { key: "]", text: () => t("keyLater"), act: () => order.past() && order.step(1) },
    { key: "Escape", text: () => t("keyNow"), act: () => order.past() && order.travel(undefined) },
  ]);
  const missing = () => order.error() instanceof Problem && (order.error() as Problem).status === 404;
  const moving = () => (typeof dialog() === "object" ? (dialog() as { move: Parameters<typeof MoveDialog>[0]["transition"] }) : undefined);
  return (
    <div class="page order" classList={{ "in-the-past": Boolean(order.past()) }}>
      <Switch fallback={<Skeleton lines={8} />}>
        <Match when={missing() && !order.past()}>
          <Empty action={<A class="button" href="/board">{t("board")}</A>}>{order.entries().length ? t("gone") : t("none")}</Empty>
          <Show when={order.entries().length}>
            <Past />
            <Timeline />
          </Show>
        </Match>
        <Match when={order.error() && !order.past()}>
          <ErrorNotice error={order.error()} onRetry={() => void order.reload()} />
        </Match>
        <Match when={order.shown()}>
          <Header onOpen={setDialog} />
          <Past />
          <Tabs label={t("page")} value={tab()} tabs={TABS.map((key) => [key, tabWord(key)] as const)} onChange={go} />
          <div class="order-body" classList={{ "with-rail": ["details", "work"].includes(tab()), traveling: order.traveling() }} aria-busy={order.traveling()}>
            <div class="stack" hidden={Boolean(order.travelError())} role="tabpanel" aria-labelledby={`tab-${tab()}`}>
              <Switch>
                <Match when={tab() === "details"}>
                  <Questions onlyOpen />
                  <Tasks />
                  <Details />
                </Match>
                <Match when={tab() === "work"}>
                  <Notes />
                  <Questions />
                  <Forms />
                  <Charges />
                  <CheckIns />
                </Match>
                <Match when={tab() === "files"}>
                  <Files />
                </Match>
                <Match when={tab() === "faces"}>
                  <Faces />
                </Match>
                <Match when={tab() === "links"}>
                  <Systems />
                </Match>
                <Match when={tab() === "timeline"}>
                  <Timeline />
                </Match>
              </Switch>
            </div>
            <Show when={["details", "work"].includes(tab())}>
              <aside class="rail">
                <Timeline />
              </aside>
            </Show>
          </div>
        </Match>
        <Match when={order.past()}>
          <p class="soft">{t("waiting")}</p>
          <Skeleton lines={8} />
        </Match>
      </Switch>
      <Show when={dialog() === "assign"}>
        <AssignDialog onClose={close} />
      </Show>
      <Show when={dialog() === "ask"}>
        <AskDialog onClose={close} />
      </Show>
      <Show when={dialog() === "duplicate"}>
        <DuplicateDialog onClose={close} />
      </Show>
      <Show when={dialog() === "remove"}>
        <RemoveDialog onClose={close} />
      </Show>
      <Show when={moving()}>{(moving) => <MoveDialog transition={moving().move} onClose={close} />}</Show>
    </div>
  );
}
