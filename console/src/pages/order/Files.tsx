import { createMemo, createSignal, For, Show } from "solid-js";
import { bytes, define, moment } from "~/i18n";
import { Badge, Empty } from "~/ui";
import { Download, FileText, MapPin, Upload } from "~/ui/icons";
import { Later, Source } from "./Item";
import { Lightbox } from "./Lightbox";
import { useOrder } from "./model";
import { isPicture, STAGES, stageWord } from "./stages";
import type { Attachment } from "./types";
import { UploadTray, type Waiting } from "./Upload";

const texts = define({
  en: { title: "Photos and files", add: "Add files", drop: "Drop files here, or press the button", none: "Other photos", files: "Files", empty: "No photos and no files", open: "Open {name}", where: "Has a place" },
  nl: { title: "Foto's en bestanden", add: "Bestanden toevoegen", drop: "Sleep bestanden hierheen, of gebruik de knop", none: "Andere foto's", files: "Bestanden", empty: "Geen foto's en geen bestanden", open: "{name} openen", where: "Heeft een plaats" },
  es: { title: "Fotos y archivos", add: "Añadir archivos", drop: "Suelte archivos aquí o use el botón", none: "Otras fotos", files: "Archivos", empty: "Ni fotos ni archivos", open: "Abrir {name}", where: "Con ubicación" },
  ru: { title: "Фото и файлы", add: "Добавить файлы", drop: "Перетащите файлы сюда или нажмите кнопку", none: "Другие фото", files: "Файлы", empty: "Нет ни фото, ни файлов", open: "Открыть {name}", where: "С местом" },
});

/** What the field photographed, by when in the work, and other files. */
export function Files() {
  const t = texts();
  const order = useOrder();
  const [waiting, setWaiting] = createSignal<Waiting[]>([]);
  const [over, setOver] = createSignal(false);
  const [open, setOpen] = createSignal<number>();
  let chooser!: HTMLInputElement;
  const all = () => order.shown()?.attachments ?? [];
  const pictures = createMemo(() => {
    const photos = all().filter(isPicture);
    return [...STAGES.flatMap((stage) => photos.filter((file) => file.stage === stage)), ...photos.filter((file) => !file.stage)];
  });
  const groups = createMemo(() => [...STAGES, undefined].map((stage) => [stage, pictures().filter((file) => file.stage === stage)] as const).filter(([, files]) => files.length));
  const others = () => all().filter((file) => !isPicture(file));
  const take = (files: FileList | null | undefined) =>
    setWaiting((known) => [...known, ...[...(files ?? [])].map((file) => ({ file, caption: "" }))]);
  return (
    <section
      class="card files"
      classList={{ over: over() }}
      aria-label={t("title")}
      onDragOver={(event) => {
        if (!order.editable() || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        if (!order.editable()) return;
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <header>
        <h2>{t("title")}</h2>
        <Later list="attachments" />
        <Show when={order.editable()}>
          <span class="soft small wide-only">{t("drop")}</span>
          <button type="button" id="order-files" class="button small" onClick={() => chooser.click()}>
            <Upload size={14} aria-hidden="true" />
            {t("add")}
          </button>
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            aria-label={t("add")}
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
        </Show>
      </header>
      <Show when={waiting().length}>
        <UploadTray files={waiting()} onChange={setWaiting} />
      </Show>
      <Show when={all().length} fallback={<Empty>{t("empty")}</Empty>}>
        <div class="body stack">
          <For each={groups()}>
            {([stage, files]) => (
              <div class="stack">
                <h3>
                  {stageWord(stage) || t("none")} <span class="soft number">{files.length}</span>
                </h3>
                <ul class="photos">
                  <For each={files}>
                    {(file) => (
                      <li>
                        <button type="button" class="photo" aria-label={t("open", { name: file.caption || file.name })} onClick={() => setOpen(pictures().indexOf(file))}>
                          <img src={`${order.base()}/attachments/${file.place}/content`} alt="" loading="lazy" />
                          <Show when={file.point}>
                            <MapPin class="pin" size={15} aria-label={t("where")} />
                          </Show>
                        </button>
                        <p class="caption">{file.caption || file.name}</p>
                        <p class="small soft">{[file.task, moment(file.taken_at ?? file.at, { dateStyle: "short", timeStyle: "short" })].filter(Boolean).join(", ")}</p>
                      </li>
                    )}
                  </For>
                </ul>
              </div>
            )}
          </For>
          <Show when={others().length}>
            <h3>{t("files")}</h3>
            <ul class="items bare">
              <For each={others()}>{(file) => <FileLine file={file} />}</For>
            </ul>
          </Show>
        </div>
      </Show>
      <Show when={open() !== undefined}>
        <Lightbox photos={pictures()} at={open()!} onMove={setOpen} onClose={() => setOpen(undefined)} />
      </Show>
    </section>
  );
}

function FileLine(props: { file: Attachment }) {
  const order = useOrder();
  return (
    <li class="item row file-line">
      <FileText size={18} aria-hidden="true" />
      <div class="grow">
        <a class="strong" href={`${order.base()}/attachments/${props.file.place}/content`} download={props.file.name}>
          {props.file.name}
        </a>
        <Show when={props.file.caption}>
          <p class="lines">{props.file.caption}</p>
        </Show>
        <p class="small soft">
          {bytes(props.file.size_bytes)}, {props.file.media_type}, <Source of={props.file} />
        </p>
      </div>
      <Show when={props.file.stage}>{(stage) => <Badge>{stageWord(stage())}</Badge>}</Show>
      <Download size={15} aria-hidden="true" />
    </li>
  );
}
