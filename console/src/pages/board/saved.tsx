import { createSignal, For, Show } from "solid-js";
import { prefer, preferences, type SavedFilter } from "~/app/session";
import { words } from "~/i18n/words";
import { Dialog, Empty, Menu, MenuItem, say, TextField } from "~/ui";
import { Bookmark, Trash } from "~/ui/icons";
import { FILTERS, instead, type Filtering, type Filters } from "./query";
import { filterTexts } from "./texts";

const saved = () => preferences().board?.filters ?? [];
const keep = (filters: SavedFilter[]) => prefer({ board: { ...preferences().board, filters } });

function isSame(one: Filters, other: Filters, sort: string, otherSort: string | undefined): boolean {
  return FILTERS.every((name) => (one[name] ?? "") === (other[name] ?? "")) && sort === (otherSort ?? "-serial");
}

/** Filters by name: chosen, kept, renamed, deleted. */
export function SavedFilters(props: { filtering: Filtering }) {
  const t = filterTexts();
  const [dialog, setDialog] = createSignal<"save" | "manage">();
  const current = () => saved().find((one) => isSame(one.query, props.filtering.filters(), props.filtering.sort(), one.query["sort"]));
  const choose = (filter: SavedFilter) => {
    props.filtering.set({ ...instead(filter.query), sort: filter.query["sort"] });
  };
  return (
    <>
      <Menu
        label={t("saved")}
        class={`button small saved ${current() ? "chosen" : ""}`}
        button={
          <>
            <Bookmark size={15} aria-hidden="true" />
            <span class="truncate">{current()?.name ?? t("saved")}</span>
          </>
        }
      >
        <For each={saved()} fallback={<p class="soft small note">{t("nothingSaved")}</p>}>
          {(filter) => (
            <MenuItem checked={filter === current()} onSelect={() => choose(filter)}>
              <span class="truncate">{filter.name}</span>
            </MenuItem>
          )}
        </For>
        <hr />
        <MenuItem onSelect={() => setDialog("save")}>{t("save")}</MenuItem>
        <Show when={saved().length}>
          <MenuItem onSelect={() => setDialog("manage")}>{t("manage")}</MenuItem>
        </Show>
      </Menu>
      <Show when={dialog() === "save"}>
        <SaveDialog filtering={props.filtering} onClose={() => setDialog(undefined)} />
      </Show>
      <Show when={dialog() === "manage"}>
        <ManageDialog onClose={() => setDialog(undefined)} />
      </Show>
    </>
  );
}

function SaveDialog(props: { filtering: Filtering; onClose: () => void }) {
  const t = filterTexts();
  const w = words();
  const [name, setName] = createSignal("");
  const isTaken = () => saved().some((one) => one.name === name().trim());
  const save = () => {
    const sort = props.filtering.sort();
    const query = { ...(props.filtering.filters() as Record<string, string>), ...(sort === "-serial" ? {} : { sort }) };
    keep([...saved().filter((one) => one.name !== name().trim()), { name: name().trim(), query }]);
    say(t("overwritten"), "good");
    props.onClose();
  };
  return (
    <Dialog
      title={t("saveAs")}
      onClose={props.onClose}
      onSubmit={save}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>{w("cancel")}</button>
          <button type="submit" class="button primary" disabled={!name().trim()}>{w("save")}</button>
        </>
      }
    >
      <TextField label={t("name")} value={name()} onInput={setName} maxLength={80} required autofocus hint={isTaken() ? t("takenName") : t("saveHint")} />
    </Dialog>
  );
}

function ManageDialog(props: { onClose: () => void }) {
  const t = filterTexts();
  const w = words();
  const rename = (at: number, name: string) => {
    if (name.trim()) keep(saved().map((one, index) => (index === at ? { ...one, name: name.trim() } : one)));
  };
  return (
    <Dialog title={t("saved")} onClose={props.onClose} footer={<button type="button" class="button" onClick={props.onClose}>{w("done")}</button>}>
      <Show when={saved().length} fallback={<Empty>{t("nothingSaved")}</Empty>}>
        <ul class="stack">
          <For each={saved()}>
            {(filter, at) => (
              <li class="row">
                <input class="input grow" aria-label={t("rename", { name: filter.name })} maxLength={80} value={filter.name} onChange={(event) => rename(at(), event.currentTarget.value)} />
                <button type="button" class="button plain icon" aria-label={t("remove_", { name: filter.name })} title={t("remove_", { name: filter.name })} onClick={() => keep(saved().filter((one) => one !== filter))}>
                  <Trash size={15} aria-hidden="true" />
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </Dialog>
  );
}
