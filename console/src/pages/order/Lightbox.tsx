import { A } from "@solidjs/router";
import { createEffect, createSignal, on, onMount, Show } from "solid-js";
import { bytes, define, moment, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Facts } from "~/ui";
import { ChevronLeft, ChevronRight, Download, X } from "~/ui/icons";
import { Source } from "./Item";
import { useOrder } from "./model";
import { stageWord } from "./stages";
import type { Attachment } from "./types";

const texts = define({
  en: { title: "Photo {at} of {n}", earlier: "Previous photo", later: "Next photo", taken: "Taken", stage: "Stage", task: "Task", point: "Where", by: "By", size: "Size", broken: "This picture cannot be shown", accuracy: "± {m} m", name: "File" },
  nl: { title: "Foto {at} van {n}", earlier: "Vorige foto", later: "Volgende foto", taken: "Genomen", stage: "Moment", task: "Taak", point: "Waar", by: "Door", size: "Grootte", broken: "Deze foto kan niet worden getoond", accuracy: "± {m} m", name: "Bestand" },
  es: { title: "Foto {at} de {n}", earlier: "Foto anterior", later: "Foto siguiente", taken: "Tomada", stage: "Momento", task: "Tarea", point: "Dónde", by: "Por", size: "Tamaño", broken: "Esta imagen no se puede mostrar", accuracy: "± {m} m", name: "Archivo" },
  ru: { title: "Фото {at} из {n}", earlier: "Предыдущее фото", later: "Следующее фото", taken: "Снято", stage: "Этап", task: "Задача", point: "Где", by: "Кем", size: "Размер", broken: "Это изображение не показать", accuracy: "± {m} м", name: "Файл" },
});

/** One photo, large. Arrows go through all of them, Home and End to the first and last, Escape closes. */
export function Lightbox(props: { photos: readonly Attachment[]; at: number; onMove: (at: number) => void; onClose: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const [broken, setBroken] = createSignal(false);
  let dialog!: HTMLDialogElement;
  onMount(() => dialog.showModal());
  createEffect(on(() => props.at, () => setBroken(false)));
  const photo = () => props.photos[props.at];
  const go = (to: number) => props.onMove((to + props.photos.length) % props.photos.length);
  const keys = (event: KeyboardEvent) => {
    const to = { ArrowLeft: props.at - 1, ArrowRight: props.at + 1, Home: 0, End: props.photos.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  const content = (file: Attachment) => `${order.base()}/attachments/${file.place}/content`;
  const point = (file: Attachment) =>
    file.point && (
      <A href={`/map?at=${file.point.latitude},${file.point.longitude}`}>
        {file.point.latitude.toFixed(5)}, {file.point.longitude.toFixed(5)} {file.point.accuracy_m ? t("accuracy", { m: number(Math.round(file.point.accuracy_m)) }) : ""}
      </A>
    );
  return (
    <dialog
      ref={dialog}
      class="dialog lightbox"
      aria-label={t("title", { at: props.at + 1, n: props.photos.length })}
      onClose={() => props.onClose()}
      onKeyDown={keys}
      onMouseDown={(event) => event.target === dialog && dialog.close()}
    >
      <Show when={photo()}>
        {(file) => (
          <>
            <header>
              <h2 aria-live="polite">
                {t("title", { at: props.at + 1, n: props.photos.length })}
              </h2>
              <a class="button small" href={content(file())} download={file().name}>
                <Download size={14} aria-hidden="true" />
                {w("download")}
              </a>
              <button type="button" class="button plain small icon" aria-label={w("close")} onClick={() => dialog.close()}>
                <X size={16} aria-hidden="true" />
              </button>
            </header>
            <div class="stage">
              <Show when={!broken()} fallback={<p class="soft">{t("broken")}</p>}>
                <img src={content(file())} alt={file().caption || file().name} onError={() => setBroken(true)} />
              </Show>
              <Show when={props.photos.length > 1}>
                <button type="button" class="button icon earlier-photo" aria-label={t("earlier")} onClick={() => go(props.at - 1)}>
                  <ChevronLeft size={20} aria-hidden="true" />
                </button>
                <button type="button" class="button icon later-photo" aria-label={t("later")} onClick={() => go(props.at + 1)}>
                  <ChevronRight size={20} aria-hidden="true" />
                </button>
              </Show>
            </div>
            <div class="content" role="group" aria-label={file().name} tabindex="0">
              <Show when={file().caption}>
                <p class="lines strong">{file().caption}</p>
              </Show>
              <Facts
                of={[
                  [t("taken"), moment(file().taken_at)],
                  [t("stage"), stageWord(file().stage)],
                  [t("task"), file().task],
                  [t("point"), point(file())],
                  [t("by"), <Source of={file()} />],
                  [t("name"), file().name],
                  [t("size"), bytes(file().size_bytes)],
                ]}
              />
            </div>
          </>
        )}
      </Show>
    </dialog>
  );
}
