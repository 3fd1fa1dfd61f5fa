import { createEffect, createMemo, createResource, createSignal, For, on, Show } from "solid-js";
import { api } from "~/api/client";
import { define, number } from "~/i18n";
import { Await, Badge, CopyButton, Empty, Tabs } from "~/ui";
import { CircleCheck, History } from "~/ui/icons";
import { isNarrow } from "~/ui/grid";
import { label } from "./labels";
import { lostIn, type Lost } from "./lost";
import { useOrder } from "./model";
import type { Json } from "./types";

const texts = define({
  en: { title: "Faces", lead: "The order as each dialect shows it, at this moment.", pretty: "Set out", raw: "As sent", look: "How the faces are shown", lost: "{n, plural, one {# thing this face does not say} other {# things this face does not say}}", whole: "Says everything", past: "Faces show the order as it is now. Go back to now to see them.", count: "{what} ({n})", changed: "changed", copy: "Copy {dialect}" },
  nl: { title: "Gezichten", lead: "De order zoals elk dialect hem laat zien, op dit moment.", pretty: "Uitgeschreven", raw: "Zoals verzonden", look: "Hoe de gezichten worden getoond", lost: "{n, plural, one {# ding dat dit gezicht niet zegt} other {# dingen die dit gezicht niet zegt}}", whole: "Zegt alles", past: "Gezichten tonen de order zoals hij nu is. Ga terug naar nu om ze te zien.", count: "{what} ({n})", changed: "gewijzigd", copy: "{dialect} kopiëren" },
  es: { title: "Caras", lead: "La orden tal como la muestra cada dialecto en este momento.", pretty: "Con formato", raw: "Como se envía", look: "Cómo se muestran las caras", lost: "{n, plural, one {# cosa que esta cara no dice} other {# cosas que esta cara no dice}}", whole: "Lo dice todo", past: "Las caras muestran la orden como es ahora. Vuelva a ahora para verlas.", count: "{what} ({n})", changed: "cambiado", copy: "Copiar {dialect}" },
  ru: { title: "Лица", lead: "Заказ, каким его показывает каждый диалект прямо сейчас.", pretty: "С отступами", raw: "Как отправляется", look: "Как показывать лица", lost: "{n, plural, one {об # вещи это лицо молчит} few {о # вещах это лицо молчит} many {о # вещах это лицо молчит} other {о # вещах это лицо молчит}}", whole: "Говорит всё", past: "Лица показывают заказ, какой он сейчас. Вернитесь в настоящее, чтобы их увидеть.", count: "{what} ({n})", changed: "изменено", copy: "Копировать {dialect}" },
});

type Look = "pretty" | "raw";

/** The order in the words of each dialect: side by side, or one at a time where there is no room. */
export function Faces() {
  const t = texts();
  const order = useOrder();
  const [look, setLook] = createSignal<Look>("pretty");
  const [chosen, setChosen] = createSignal("");
  // Read anew whenever the order moved on.
  const [faces, { refetch }] = createResource(
    () => (order.past() ? undefined : `${order.now()?.id} ${order.now()?.revision}`),
    () => api.get<Record<string, Json>>(`${order.base()}/faces`),
  );
  return (
    <section class="stack" aria-label={t("title")}>
      <Show when={!order.past()} fallback={<Empty><History size={16} aria-hidden="true" /> {t("past")}</Empty>}>
        <div class="row">
          <p class="soft grow">{t("lead")}</p>
          <div class="row" role="group" aria-label={t("look")}>
            <For each={["pretty", "raw"] as const}>
              {(one) => (
                <button type="button" class="button small" classList={{ primary: look() === one }} aria-pressed={look() === one} onClick={() => setLook(one)}>
                  {t(one)}
                </button>
              )}
            </For>
          </div>
        </div>
        <Await of={faces} retry={() => void refetch()}>
          {(faces) => {
            const dialects = () => Object.keys(faces());
            const shown = () => (dialects().includes(chosen()) ? chosen() : (dialects()[0] ?? ""));
            return (
              <>
                <Show when={isNarrow()}>
                  <Tabs label={t("title")} value={shown()} tabs={dialects().map((dialect) => [dialect, dialect] as const)} onChange={setChosen} />
                </Show>
                <div class="faces">
                  <For each={isNarrow() ? [shown()] : dialects()}>{(dialect) => <Face dialect={dialect} face={faces()[dialect] ?? null} look={look()} />}</For>
                </div>
              </>
            );
          }}
        </Await>
      </Show>
    </section>
  );
}

function Face(props: { dialect: string; face: Json; look: Look }) {
  const t = texts();
  const order = useOrder();
  const raw = () => JSON.stringify(props.face);
  const lines = createMemo(() => (props.look === "raw" ? [raw()] : JSON.stringify(props.face, null, 2).split("\n")));
  const lost = createMemo(() => (order.now() ? lostIn(order.now()!, props.face) : []));
  // Lines that were not there when this was last looked at, so that a change catches the eye.
  const [fresh, setFresh] = createSignal<ReadonlySet<string>>(new Set());
  createEffect(on(lines, (now, before) => setFresh(new Set(before && before.length > 1 && now.length > 1 ? now.filter((line) => !before.includes(line)) : [])), { defer: true }));
  const lostWord = ({ field, count }: Lost) => (count ? t("count", { what: label(field), n: number(count) }) : label(field));
  return (
    <article class="card face" aria-label={props.dialect}>
      <header>
        <h3>{props.dialect}</h3>
        <CopyButton text={raw} label={t("copy", { dialect: props.dialect })} />
      </header>
      <Show
        when={lost().length}
        fallback={
          <p class="losses">
            <Badge tone="good">
              <CircleCheck size={12} aria-hidden="true" />
              {t("whole")}
            </Badge>
          </p>
        }
      >
        <details class="losses">
          <summary>{t("lost", { n: lost().length })}</summary>
          <ul class="row">
            <For each={lost()}>
              {(one) => (
                <li>
                  <Badge>{lostWord(one)}</Badge>
                </li>
              )}
            </For>
          </ul>
        </details>
      </Show>
      <pre class="code" tabindex="0" aria-label={props.dialect}>
        <For each={lines()}>
          {(line) => (
            <Show when={fresh().has(line)} fallback={`${line}\n`}>
              <mark title={t("changed")}>{line}</mark>
              {"\n"}
            </Show>
          )}
        </For>
      </pre>
    </article>
  );
}
