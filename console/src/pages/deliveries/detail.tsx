import { A } from "@solidjs/router";
import { createResource, For, Show } from "solid-js";
import { api } from "~/api/client";
import { can } from "~/app/session";
import { words } from "~/i18n/words";
import { Await, Dialog, Facts, Time } from "~/ui";
import { Direction, StatusCode } from "../exchanges/status";
import type { Outline } from "../exchanges/types";
import { possible, type Action, type Delivery } from "./actions";
import { DeliveryStatus } from "./status";
import { deliveryTexts } from "./texts";

/** Calls that were made for it, as the wire log has them. */
function Calls(props: { of: Delivery }) {
  const t = deliveryTexts();
  const [calls, { refetch }] = createResource(
    () => ({ delivery: props.of.id, attempts: props.of.attempts }),
    ({ delivery }) => api.get<{ exchanges: Outline[] }>("/v1/exchanges", { delivery, limit: 20 }).then((page) => page.exchanges),
  );
  return (
    <section class="stack">
      <h3>{t("calls")}</h3>
      <Await of={calls} retry={() => void refetch()} lines={2}>
        {(all) => (
          <For each={all()} fallback={<p class="soft">{t("noCalls")}</p>}>
            {(call) => (
              <div class="row">
                <Direction of={call.direction} />
                <A class="grow truncate" href={`/exchanges/${call.id}`}>
                  {call.operation}
                </A>
                <StatusCode status={call.status} />
                <span class="soft small">
                  <Time at={call.at} />
                </span>
              </div>
            )}
          </For>
        )}
      </Await>
    </section>
  );
}

/** One delivery: how it stands, what the counterpart says, what can be done. */
export function DeliveryDialog(props: { delivery: Delivery; onAct: (action: Action) => void; onClose: () => void }) {
  const t = deliveryTexts();
  const w = words();
  return (
    <Dialog
      wide
      title={t("show", { connection: props.delivery.connection })}
      onClose={props.onClose}
      footer={
        <>
          <Show when={can("dispatcher")}>
            <For each={possible(props.delivery)}>
              {(action) => (
                <button type="button" class="button" classList={{ danger: action === "drop" }} onClick={() => props.onAct(action)}>
                  {t(action)}
                </button>
              )}
            </For>
          </Show>
          <button type="button" class="button" onClick={props.onClose}>
            {w("close")}
          </button>
        </>
      }
    >
      <div class="row">
        <DeliveryStatus status={props.delivery.status} />
        <Show when={props.delivery.held_for}>{(why) => <span>{t(`held_${why()}`)}</span>}</Show>
      </div>
      <Show when={props.delivery.error}>
        {(error) => (
          <div class="notice danger">
            <div class="grow">
              <p class="small">{t("words")}</p>
              <p>{error()}</p>
            </div>
          </div>
        )}
      </Show>
      <Facts
        of={[
          [t("order"), <A href={`/orders/${props.delivery.order.id ?? props.delivery.order.serial}`}>{props.delivery.order.number ?? props.delivery.order.serial}</A>],
          [t("summary"), props.delivery.summary],
          [t("since"), <Time at={props.delivery.since} exact />],
          [t("attempts"), props.delivery.attempts],
          [t("tried"), props.delivery.tried_at ? <Time at={props.delivery.tried_at} exact /> : null],
          [t("next"), props.delivery.due ? <Time at={props.delivery.due} exact /> : null],
          [t("wanted"), `#${props.delivery.wanted}`],
          [t("covered"), `#${props.delivery.covered}`],
        ]}
      />
      <Show when={can("integrator") && props.delivery.connection}>
        <Calls of={props.delivery} />
      </Show>
    </Dialog>
  );
}
