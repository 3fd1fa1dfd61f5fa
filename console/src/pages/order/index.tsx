import { A, useNavigate, useParams, useSearchParams } from "@solidjs/router";
import { createEffect, createSignal, Match, onCleanup, Show, Switch } from "solid-js";
import { Problem } from "~/api/client";
import { define } from "~/i18n";
import { Empty, ErrorNotice, Skeleton, Tabs } from "~/ui";
import { Details } from "./Details";
import { Header, type Dialogs } from "./Header";
import { createOrder, OrderContext, useOrder } from "./model";
import { AssignDialog, MoveDialog } from "./Move";
import { Notes } from "./Notes";
import { Past } from "./Past";
import { Tasks } from "./Tasks";
import { Timeline } from "./Timeline";
import "./order.css";

const texts = define({
  en: { page: "Order", details: "Order", work: "From the field", files: "Photos and files", timeline: "Timeline", faces: "Faces", links: "Systems", none: "There is no such order", gone: "This order was deleted. Its history stays.", board: "To the board", waiting: "Reading the order as it stood…" },
  nl: { page: "Order", details: "Order", work: "Uit het veld", files: "Foto's en bestanden", timeline: "Tijdlijn", faces: "Gezichten", links: "Systemen", none: "Deze order bestaat niet", gone: "Deze order is verwijderd. De geschiedenis blijft.", board: "Naar het bord", waiting: "De order van toen wordt gelezen…" },
  es: { page: "Orden", details: "Orden", work: "Desde el terreno", files: "Fotos y archivos", timeline: "Cronología", faces: "Caras", links: "Sistemas", none: "Esta orden no existe", gone: "Esta orden se eliminó. Su historia permanece.", board: "Al tablero", waiting: "Leyendo la orden de entonces…" },
  ru: { page: "Заказ", details: "Заказ", work: "С места", files: "Фото и файлы", timeline: "Хронология", faces: "Лица", links: "Системы", none: "Такого заказа нет", gone: "Этот заказ удалён. История сохраняется.", board: "К доске", waiting: "Читаем заказ, каким он был…" },
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
  const navigate = useNavigate();
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
  const missing = () => order.error() instanceof Problem && (order.error() as Problem).status === 404;
  const moving = () => (typeof dialog() === "object" ? (dialog() as { move: Parameters<typeof MoveDialog>[0]["transition"] }) : undefined);
  void navigate;
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
          <Tabs label={t("page")} value={tab()} tabs={TABS.map((key) => [key, t(key)] as const)} onChange={go} />
          <div class="order-body" classList={{ "with-rail": ["details", "work"].includes(tab()) }}>
            <div class="stack" role="tabpanel" aria-labelledby={`tab-${tab()}`}>
              <Switch>
                <Match when={tab() === "details"}>
                  <Tasks />
                  <Details />
                </Match>
                <Match when={tab() === "work"}>
                  <Notes />
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
      <Show when={moving()}>{(moving) => <MoveDialog transition={moving().move} onClose={close} />}</Show>
    </div>
  );
}
