import { createMemo, createSignal, For, Show } from "solid-js";
import { newId } from "~/api/client";
import { define } from "~/i18n";
import { words } from "~/i18n/words";
import { Badge, Empty, ErrorNotice, Time } from "~/ui";
import { MapPin, Paperclip, Pencil, Plus } from "~/ui/icons";
import { Later, Source } from "./Item";
import { useOrder } from "./model";
import type { Note } from "./types";

const texts = define({
  en: { title: "Notes", write: "Write a note", siteWide: "For all orders of this site", site: "Site", add: "Add the note", revise: "Revise", revising: "Revising a note", revised: "{n, plural, one {# earlier version} other {# earlier versions}}", none: "No notes", files: "{n, plural, one {# file} other {# files}}" },
  nl: { title: "Notities", write: "Schrijf een notitie", siteWide: "Voor alle orders van deze locatie", site: "Locatie", add: "Notitie toevoegen", revise: "Herzien", revising: "Een notitie herzien", revised: "{n, plural, one {# eerdere versie} other {# eerdere versies}}", none: "Geen notities", files: "{n, plural, one {# bestand} other {# bestanden}}" },
  es: { title: "Notas", write: "Escriba una nota", siteWide: "Para todas las órdenes de este sitio", site: "Sitio", add: "Añadir la nota", revise: "Revisar", revising: "Revisión de una nota", revised: "{n, plural, one {# versión anterior} other {# versiones anteriores}}", none: "Sin notas", files: "{n, plural, one {# archivo} other {# archivos}}" },
  ru: { title: "Заметки", write: "Напишите заметку", siteWide: "Для всех заказов этого места", site: "Место", add: "Добавить заметку", revise: "Исправить", revising: "Исправление заметки", revised: "{n, plural, one {# прежняя версия} few {# прежние версии} many {# прежних версий} other {# прежней версии}}", none: "Заметок нет", files: "{n, plural, one {# файл} few {# файла} many {# файлов} other {# файла}}" },
});

/** A note with those it revised, newest version first. */
function withEarlier(notes: readonly Note[]): { note: Note; earlier: Note[] }[] {
  const revised = new Set(notes.map((note) => note.revises).filter(Boolean));
  const byId = new Map(notes.map((note) => [note.id, note]));
  const chain = (note: Note, seen: Set<string>): Note[] => {
    const before = note.revises && !seen.has(note.revises) ? byId.get(note.revises) : undefined;
    return before ? [before, ...chain(before, seen.add(before.id))] : [];
  };
  return notes.filter((note) => !revised.has(note.id)).map((note) => ({ note, earlier: chain(note, new Set([note.id])) }));
}

export function Notes() {
  const t = texts();
  const order = useOrder();
  const [revises, setRevises] = createSignal<Note>();
  const notes = () => order.shown()?.notes ?? [];
  const threads = createMemo(() => withEarlier(notes()).toReversed());
  const files = (note: Note) => order.shown()?.attachments.filter((file) => file.note === note.id).length ?? 0;
  return (
    <section class="card" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Later list="notes" />
      </header>
      <Show when={order.editable()}>
        <Show when={revises()} keyed fallback={<NoteForm />}>
          {(note) => <NoteForm revises={note} onDone={() => setRevises(undefined)} />}
        </Show>
      </Show>
      <Show when={threads().length} fallback={<Empty>{t("none")}</Empty>}>
        <ul class="items">
          <For each={threads()}>
            {({ note, earlier }) => (
              <li class="item">
                <p class="lines">{note.text}</p>
                <div class="row small soft">
                  <Source of={note} />
                  <Show when={note.site_wide}>
                    <Badge tone="accent">
                      <MapPin size={12} aria-hidden="true" />
                      {t("site")}
                    </Badge>
                  </Show>
                  <Show when={files(note)}>
                    <Badge>
                      <Paperclip size={12} aria-hidden="true" />
                      {t("files", { n: files(note) })}
                    </Badge>
                  </Show>
                  <span class="grow" />
                  <Show when={order.editable()}>
                    <button type="button" class="button plain small" onClick={() => setRevises(note)}>
                      <Pencil size={13} aria-hidden="true" />
                      {t("revise")}
                    </button>
                  </Show>
                </div>
                <Show when={earlier.length}>
                  <details>
                    <summary class="small soft">{t("revised", { n: earlier.length })}</summary>
                    <For each={earlier}>
                      {(old) => (
                        <div class="earlier">
                          <p class="lines">{old.text}</p>
                          <span class="small soft">
                            {old.author} <Time at={old.at} />
                          </span>
                        </div>
                      )}
                    </For>
                  </details>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}

function NoteForm(props: { revises?: Note; onDone?: () => void }) {
  const t = texts();
  const w = words();
  const order = useOrder();
  const [text, setText] = createSignal(props.revises?.text ?? "");
  const [siteWide, setSiteWide] = createSignal(props.revises?.site_wide ?? false);
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<unknown>();
  // One id per note, so that sending it again after a broken answer adds nothing.
  let id = newId();
  let form!: HTMLFormElement;
  const add = async () => {
    if (!text().trim()) return;
    setBusy(true);
    setError(undefined);
    try {
      await order.put("notes", { id, text: text(), site_wide: siteWide(), ...(props.revises ? { revises: props.revises.id } : {}) });
      id = newId();
      setText("");
      setSiteWide(false);
      props.onDone?.();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      class="note-form stack"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
        if (event.key === "Escape") props.onDone?.();
      }}
    >
      <textarea
        ref={(area) => props.revises && queueMicrotask(() => area.focus())}
        id={props.revises ? undefined : "order-note"}
        class="input"
        rows={2}
        aria-label={props.revises ? t("revising") : t("write")}
        placeholder={props.revises ? t("revising") : t("write")}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="row">
        <label class="check small">
          <input type="checkbox" checked={siteWide()} onChange={(event) => setSiteWide(event.currentTarget.checked)} />
          {t("siteWide")}
        </label>
        <span class="grow" />
        <Show when={props.revises}>
          <button type="button" class="button small" onClick={() => props.onDone?.()}>
            {w("cancel")}
          </button>
        </Show>
        <button type="submit" class="button small" classList={{ primary: Boolean(text().trim()) }} disabled={busy() || !text().trim()}>
          <Plus size={14} aria-hidden="true" />
          {props.revises ? t("revise") : t("add")}
        </button>
      </div>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </form>
  );
}
