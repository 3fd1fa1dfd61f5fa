import { A } from "@solidjs/router";
import { createSignal, For, Show } from "solid-js";
import { newId } from "~/api/client";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, Empty, ErrorNotice, TextField } from "~/ui";
import { MapPin, Plus } from "~/ui/icons";
import { valueOf } from "./fields";
import { Later, Source } from "./Item";
import { useOrder } from "./model";
import type { Point } from "./types";

const texts = define({
  en: { title: "Check-ins", none: "Nobody has checked in", add: "Check in", latitude: "Latitude", longitude: "Longitude", away: "{distance} from the site", accuracy: "± {m} m", mine: "Where I am", denied: "This device does not say where it is", comment: "A few words" },
  nl: { title: "Aanmeldingen ter plaatse", none: "Niemand heeft zich gemeld", add: "Aanmelden", latitude: "Breedtegraad", longitude: "Lengtegraad", away: "{distance} van de locatie", accuracy: "± {m} m", mine: "Waar ik ben", denied: "Dit apparaat zegt niet waar het is", comment: "Een paar woorden" },
  es: { title: "Registros de llegada", none: "Nadie ha registrado su llegada", add: "Registrar llegada", latitude: "Latitud", longitude: "Longitud", away: "a {distance} del sitio", accuracy: "± {m} m", mine: "Donde estoy", denied: "Este dispositivo no indica dónde está", comment: "Unas palabras" },
  ru: { title: "Отметки на месте", none: "Отметок нет", add: "Отметиться", latitude: "Широта", longitude: "Долгота", away: "{distance} от места", accuracy: "± {m} м", mine: "Где я", denied: "Это устройство не сообщает, где оно", comment: "Несколько слов" },
});

/** Metres between two points of the earth. */
function metres(one: Point, other: Point): number {
  const rad = Math.PI / 180;
  const [a, b] = [one.latitude * rad, other.latitude * rad];
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((other.longitude - one.longitude) * rad) / 2) ** 2;
  return 2 * 6_371_008 * Math.asin(Math.sqrt(half));
}

function distance(m: number): string {
  const isFar = m >= 1000;
  return number(isFar ? m / 1000 : m, { style: "unit", unit: isFar ? "kilometer" : "meter", maximumFractionDigits: isFar ? 1 : 0 });
}

/** Who said to be at the place, and how far from it that was. */
export function CheckIns() {
  const t = texts();
  const order = useOrder();
  const [open, setOpen] = createSignal(false);
  const all = () => order.shown()?.check_ins ?? [];
  const site = (): Point | undefined => {
    const [latitude, longitude] = [valueOf(order.shown(), "site.latitude"), valueOf(order.shown(), "site.longitude")];
    return typeof latitude === "number" && typeof longitude === "number" ? { latitude, longitude } : undefined;
  };
  return (
    <section class="card" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Later list="check_ins" />
        <Show when={order.editable()}>
          <button type="button" class="button small" onClick={() => setOpen(true)}>
            <Plus size={14} aria-hidden="true" />
            {t("add")}
          </button>
        </Show>
      </header>
      <Show when={all().length} fallback={<Empty>{t("none")}</Empty>}>
        <ul class="items">
          <For each={all().toReversed()}>
            {(one) => (
              <li class="item">
                <Show when={one.point}>
                  {(point) => (
                    <p class="row">
                      <MapPin size={15} aria-hidden="true" />
                      <A href={`/map?at=${point().latitude},${point().longitude}`}>
                        {point().latitude.toFixed(5)}, {point().longitude.toFixed(5)}
                      </A>
                      <Show when={point().accuracy_m}>{(m) => <span class="soft">{t("accuracy", { m: number(Math.round(m())) })}</span>}</Show>
                      <Show when={site()}>{(site) => <span class="soft">{t("away", { distance: distance(metres(site(), point())) })}</span>}</Show>
                    </p>
                  )}
                </Show>
                <Show when={one.data}>
                  <p class="mono lines">{one.data}</p>
                </Show>
                <p class="small soft">
                  <Source of={one} />
                </p>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={open()}>
        <CheckInDialog site={site()} onClose={() => setOpen(false)} />
      </Show>
    </section>
  );
}

function CheckInDialog(props: { site: Point | undefined; onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const id = newId();
  const [latitude, setLatitude] = createSignal(String(props.site?.latitude ?? ""));
  const [longitude, setLongitude] = createSignal(String(props.site?.longitude ?? ""));
  const [accuracy, setAccuracy] = createSignal<number>();
  const [comment, setComment] = createSignal("");
  const [error, setError] = createSignal<unknown>();
  const mine = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setLatitude(String(coords.latitude));
        setLongitude(String(coords.longitude));
        setAccuracy(coords.accuracy);
      },
      () => setError(new Error(t("denied"))),
    );
  const send = async () => {
    setError(undefined);
    try {
      await order.put("check_ins", {
        id,
        point: { latitude: Number(latitude()), longitude: Number(longitude()), ...(accuracy() ? { accuracy_m: accuracy() } : {}) },
        ...(comment().trim() ? { data: JSON.stringify({ comment: comment().trim() }) } : {}),
      });
      props.onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Dialog
      title={t("add")}
      onClose={props.onClose}
      onSubmit={() => void send()}
      footer={
        <>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary">
            {t("add")}
          </button>
        </>
      }
    >
      <div class="form">
        <TextField label={t("latitude")} type="number" step="any" min={-90} max={90} value={latitude()} onInput={setLatitude} required />
        <TextField label={t("longitude")} type="number" step="any" min={-180} max={180} value={longitude()} onInput={setLongitude} required />
      </div>
      <Show when={"geolocation" in navigator && window.isSecureContext}>
        <button type="button" class="button small" onClick={mine}>
          <MapPin size={14} aria-hidden="true" />
          {t("mine")}
        </button>
      </Show>
      <TextField label={t("comment")} value={comment()} onInput={setComment} />
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
