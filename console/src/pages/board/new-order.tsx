import { batch, createResource, createSignal, For, Index, Show, type JSX } from "solid-js";
import { api, idempotencyKey, Problem } from "~/api/client";
import { words } from "~/i18n/words";
import { zone } from "~/i18n/zone";
import { Dialog, ErrorNotice, say, SelectField, TextField } from "~/ui";
import { Plus, Trash } from "~/ui/icons";
import { called, readServices, readUnits, type Site } from "./data";
import { toOrder, type Draft, type DraftTask } from "./draft";
import { newTexts } from "./new-texts";
import { SitePicker } from "./site-picker";

const SITE = ["address1", "address2", "city", "region", "postal_code", "country", "latitude", "longitude", "radius_m"] as const;

/** All that a dispatcher gives. What the hub does not take is said at its field. */
export function NewOrderDialog(props: { onClose: () => void }) {
  const t = newTexts();
  const w = words();
  const [services] = createResource(() => readServices().catch(() => []));
  const [units] = createResource(() => readUnits().catch(() => []));
  const [draft, setDraft] = createSignal<Draft>({});
  const [tasks, setTasks] = createSignal<readonly DraftTask[]>([]);
  const [site, setSite] = createSignal("");
  const [problem, setProblem] = createSignal<unknown>();
  const [isBusy, setBusy] = createSignal(false);
  // One per order that is meant: pressed twice, it is there once.
  let key = idempotencyKey();
  let form!: HTMLDivElement;

  const pointer = () => (problem() instanceof Problem ? ((problem() as Problem).pointer ?? "") : "");
  const wrong = (at: string) => (pointer() === at ? (problem() as Problem).detail : undefined);
  const set = (at: string) => (text: string) => {
    setDraft({ ...draft(), [at]: text });
    if (pointer() === at) setProblem(undefined);
  };
  const fields = new Set(["/unit"]);
  /** Whether there is a field that says what is wrong. */
  const isAtField = () => fields.has(pointer()) || /^\/tasks\/\d+\/(name|instructions|quantity)$/.test(pointer());
  const of = (at: string) => (fields.add(at), {
    get value() { return draft()[at] ?? ""; },
    get error() { return wrong(at); },
    onInput: set(at),
  });
  const pick = (found: Site | undefined) => {
    setSite(found?.id ?? "");
    if (!found) return;
    setDraft({ ...draft(), ...Object.fromEntries(SITE.map((name) => [`/site/${name}`, String(found[name] ?? "")])) });
  };
  const setTask = (at: number, change: Partial<DraftTask>) => setTasks(tasks().map((task, index) => (index === at ? { ...task, ...change } : task)));
  const addTask = () => {
    setTasks([...tasks(), { name: "", instructions: "", quantity: "" }]);
    queueMicrotask(() => form.querySelector<HTMLInputElement>(".task:last-of-type input")?.focus());
  };

  const create = async (goesOn: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await api.post<{ id: string; serial: number; number: string | null }>("/v1/orders", toOrder(draft(), tasks()), key);
      say(t("made", { order: called(made) }), "good");
      if (!goesOn) return props.onClose();
      key = idempotencyKey();
      batch(() => {
        // The next one is often at the same place, for the same customer.
        setDraft({ ...draft(), "/number": "", "/title": "" });
        setTasks([]);
      });
      form.querySelector("input")?.focus();
    } catch (error) {
      setProblem(error);
      if (error instanceof Problem && error.status < 500) key = idempotencyKey();
      queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.scrollIntoView({ block: "center" }));
      queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    } finally {
      setBusy(false);
    }
  };
  const Group = (group: { title: string; note?: string; children: JSX.Element }) => (
    <fieldset class="group">
      <legend>
        {group.title} <Show when={group.note}><span class="soft small">{group.note}</span></Show>
      </legend>
      <div class="form">{group.children}</div>
    </fieldset>
  );
  return (
    <Dialog
      title={t("title")}
      wide
      onClose={props.onClose}
      onSubmit={() => void create(false)}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>{w("cancel")}</button>
          <button type="button" class="button" disabled={isBusy()} onClick={() => form.closest("form")!.reportValidity() && void create(true)}>{t("createMore")}</button>
          <button type="submit" class="button primary" disabled={isBusy()}>{t("create")}</button>
        </>
      }
    >
      <div ref={form} class="new-order">
        <Show when={problem() && !isAtField()}>
          <ErrorNotice error={problem()} />
        </Show>
        <Group title={t("what")}>
          <TextField label={t("number")} hint={t("numberHint")} autofocus {...of("/number")} />
          <TextField label={t("name")} {...of("/title")} />
          <TextField label={t("service")} list="new-services" {...of("/service")} />
          <datalist id="new-services"><For each={services.latest ?? []}>{(service) => <option value={service.name} />}</For></datalist>
          <TextField label={t("reference")} {...of("/reference")} />
          <TextField label={t("tags")} hint={t("tagsHint")} {...of("/tags")} />
          <TextField label={t("priority")} hint={t("priorityHint")} type="number" step="1" {...of("/priority")} />
          <label class="check"><input type="checkbox" checked={Boolean(draft()["/rush"])} onChange={(event) => set("/rush")(event.currentTarget.checked ? "yes" : "")} />{t("rush")}</label>
          <TextField wide multiline label={t("description")} {...of("/description")} />
          <TextField wide multiline label={t("instructions")} {...of("/instructions")} />
        </Group>
        <Group title={t("where")}>
          <div class="wide"><SitePicker label={t("known")} hint={t("knownHint")} value={site()} onPick={pick} /></div>
          <TextField label={t("address1")} {...of("/site/address1")} />
          <TextField label={t("address2")} {...of("/site/address2")} />
          <TextField label={t("city")} {...of("/site/city")} />
          <TextField label={t("region")} {...of("/site/region")} />
          <TextField label={t("postal")} {...of("/site/postal_code")} />
          <TextField label={t("country")} {...of("/site/country")} />
          <TextField label={t("latitude")} type="number" step="any" {...of("/site/latitude")} />
          <TextField label={t("longitude")} type="number" step="any" {...of("/site/longitude")} />
          <TextField label={t("radius")} type="number" step="1" {...of("/site/radius_m")} />
          <TextField label={t("lock")} {...of("/site/lock_code")} />
          <TextField label={t("key")} {...of("/site/key_code")} />
        </Group>
        <Group title={t("when")} note={t("zone", { zone: zone() })}>
          <TextField label={t("due")} type="datetime-local" {...of("/due")} />
          <TextField label={t("start")} type="datetime-local" {...of("/start")} />
          <TextField label={t("from")} type="datetime-local" {...of("/window/from")} />
          <TextField label={t("to")} type="datetime-local" {...of("/window/to")} />
          <TextField label={t("service_time")} type="number" step="1" {...of("/service_time_s")} />
        </Group>
        <Group title={t("who")}>
          <TextField label={t("customer")} {...of("/customer/name")} />
          <TextField label={t("phone")} type="tel" {...of("/customer/phone")} />
          <TextField label={t("email")} type="email" {...of("/customer/email")} />
          <SelectField label={t("unit")} value={draft()["/unit"] ?? ""} error={wrong("/unit")} options={[["", t("nobody")], ...(units.latest ?? []).map((unit) => [String(unit.id), unit.name] as const)]} onChange={set("/unit")} />
          <TextField label={t("person")} {...of("/person")} />
        </Group>
        <fieldset class="group">
          <legend>{t("tasks")}</legend>
          <Index each={tasks()}>
            {(task, at) => (
              <div class="task" role="group" aria-label={t("task", { n: at + 1 })}>
                <TextField label={t("taskName")} value={task().name} error={wrong(`/tasks/${at}/name`)} onInput={(name) => setTask(at, { name })} />
                <TextField label={t("taskInstructions")} value={task().instructions} error={wrong(`/tasks/${at}/instructions`)} onInput={(instructions) => setTask(at, { instructions })} />
                <TextField label={t("quantity")} type="number" step="any" value={task().quantity} error={wrong(`/tasks/${at}/quantity`)} onInput={(quantity) => setTask(at, { quantity })} />
                <button type="button" class="button plain icon" aria-label={t("removeTask", { n: at + 1 })} title={t("removeTask", { n: at + 1 })} onClick={() => setTasks(tasks().filter((_, index) => index !== at))}>
                  <Trash size={15} aria-hidden="true" />
                </button>
              </div>
            )}
          </Index>
          <button type="button" class="button small" onClick={addTask}><Plus size={14} aria-hidden="true" />{t("addTask")}</button>
        </fieldset>
      </div>
    </Dialog>
  );
}
