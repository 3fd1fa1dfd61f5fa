import { createSignal, For, Show } from "solid-js";
import { define, number } from "~/i18n";
import { words } from "~/i18n/words";
import { Dialog, Empty, ErrorNotice, Progress, say, sayProblem, TextField } from "~/ui";
import { ArrowDown, ArrowUp, Pencil, Plus, Trash } from "~/ui/icons";
import { Authority, shortActor } from "./Authority";
import { plain, useOrder, type SeenAll } from "./model";
import type { Json, Task } from "./types";

const texts = define({
  en: { title: "Tasks", add: "Add a task", edit: "Edit {name}", name: "What is to be done", instructions: "Instructions", quantity: "Quantity", price: "Price of one", none: "No tasks", done: "{done} of {n} done", remove: "Remove", up: "Earlier", down: "Later",
    conflict: "{who} changed the tasks meanwhile. Look at them, and do it again.", was: "now: done", wasNot: "now: not done" },
  nl: { title: "Taken", add: "Taak toevoegen", edit: "{name} bewerken", name: "Wat er moet gebeuren", instructions: "Instructies", quantity: "Aantal", price: "Stukprijs", none: "Geen taken", done: "{done} van {n} klaar", remove: "Verwijderen", up: "Eerder", down: "Later",
    conflict: "{who} heeft de taken intussen gewijzigd. Bekijk ze en doe het opnieuw.", was: "nu: klaar", wasNot: "nu: niet klaar" },
  es: { title: "Tareas", add: "Añadir una tarea", edit: "Editar {name}", name: "Qué hay que hacer", instructions: "Instrucciones", quantity: "Cantidad", price: "Precio unitario", none: "Sin tareas", done: "{done} de {n} hechas", remove: "Quitar", up: "Antes", down: "Después",
    conflict: "{who} ha cambiado las tareas mientras tanto. Mírelas y repita.", was: "ahora: hecha", wasNot: "ahora: sin hacer" },
  ru: { title: "Задачи", add: "Добавить задачу", edit: "Изменить: {name}", name: "Что сделать", instructions: "Инструкции", quantity: "Количество", price: "Цена за единицу", none: "Задач нет", done: "Сделано {done} из {n}", remove: "Убрать", up: "Раньше", down: "Позже",
    conflict: "Тем временем задачи изменил {who}. Посмотрите и повторите.", was: "сейчас: сделано", wasNot: "сейчас: не сделано" },
});

/** What is to be done: ticked, added, changed, put in order. */
export function Tasks() {
  const t = texts();
  const order = useOrder();
  const [open, setOpen] = createSignal<{ at: number; seen: SeenAll }>();
  const [busy, setBusy] = createSignal(false);
  const tasks = () => order.shown()?.tasks ?? [];
  const mayWrite = () => order.editable() && order.blame("tasks").writable;
  const done = () => tasks().filter((task) => task.done).length;

  const save = async (next: Task[], seen: SeenAll): Promise<boolean> => {
    setBusy(true);
    try {
      const saved = await order.saveAll({ tasks: next as unknown as Json }, seen);
      if (!saved.done) say(t("conflict", { who: shortActor(saved.conflict.by?.actor ?? "?") }), "danger");
      return saved.done;
    } finally {
      setBusy(false);
    }
  };
  const own = () => plain(order.now()!.tasks as unknown as Json) as unknown as Task[];
  const change = (then: (tasks: Task[]) => Task[]) => save(then(own()), order.see("tasks")).catch(sayProblem);
  const tick = (at: number, done: boolean) => change((all) => all.map((task, index) => (index === at ? { ...task, done } : task)));
  const swap = (at: number, to: number) =>
    change((all) => {
      [all[at], all[to]] = [all[to]!, all[at]!];
      return all;
    });
  const begin = (at: number) => setOpen({ at, seen: order.see("tasks") });
  const wasDone = (at: number) => (order.past() ? order.now()?.tasks[at]?.done : undefined);
  return (
    <section class="card" aria-label={t("title")}>
      <header>
        <h2>{t("title")}</h2>
        <Show when={tasks().length}>
          <span class="soft small">{t("done", { done: done(), n: tasks().length })}</span>
          <Progress current={done()} total={tasks().length} label={t("title")} />
        </Show>
        <Authority field="tasks" />
        <Show when={mayWrite()}>
          <button type="button" class="button small" onClick={() => begin(tasks().length)}>
            <Plus size={14} aria-hidden="true" />
            {t("add")}
          </button>
        </Show>
      </header>
      <Show when={tasks().length} fallback={<Empty>{t("none")}</Empty>}>
        <ul class="tasks">
          <For each={tasks()}>
            {(task, at) => (
              <li class="task" classList={{ done: task.done }}>
                <input type="checkbox" aria-label={task.name} checked={task.done} disabled={!mayWrite() || busy()} onChange={(event) => void tick(at(), event.currentTarget.checked)} />
                <div class="grow">
                  <span class="strong name">{task.name}</span>
                  <Show when={task.quantity !== undefined && task.quantity !== null}>
                    <span class="soft number"> × {number(task.quantity!)}</span>
                  </Show>
                  <Show when={task.unit_price !== undefined && task.unit_price !== null}>
                    <span class="soft number"> @ {number(task.unit_price!, { minimumFractionDigits: 2 })}</span>
                  </Show>
                  <Show when={wasDone(at()) !== undefined && wasDone(at()) !== task.done}>
                    <span class="badge violet">{t(wasDone(at()) ? "was" : "wasNot")}</span>
                  </Show>
                  <Show when={task.instructions}>
                    <p class="soft lines">{task.instructions}</p>
                  </Show>
                </div>
                <Show when={mayWrite()}>
                  <span class="row task-tools">
                    <button type="button" class="button plain small icon" aria-label={`${t("up")}: ${task.name}`} title={t("up")} disabled={at() === 0 || busy()} onClick={() => void swap(at(), at() - 1)}>
                      <ArrowUp size={13} aria-hidden="true" />
                    </button>
                    <button type="button" class="button plain small icon" aria-label={`${t("down")}: ${task.name}`} title={t("down")} disabled={at() === tasks().length - 1 || busy()} onClick={() => void swap(at(), at() + 1)}>
                      <ArrowDown size={13} aria-hidden="true" />
                    </button>
                    <button type="button" class="button plain small icon" aria-label={t("edit", { name: task.name })} title={t("edit", { name: task.name })} onClick={() => begin(at())}>
                      <Pencil size={13} aria-hidden="true" />
                    </button>
                  </span>
                </Show>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={open()}>
        {(open) => <TaskDialog at={open().at} tasks={own()} onSave={(next) => save(next, open().seen)} onClose={() => setOpen(undefined)} />}
      </Show>
    </section>
  );
}

function TaskDialog(props: { at: number; tasks: Task[]; onSave: (next: Task[]) => Promise<boolean>; onClose: () => void }) {
  const t = texts();
  const w = words();
  const { at, tasks } = props;
  const known = tasks[at];
  const [name, setName] = createSignal(known?.name ?? "");
  const [instructions, setInstructions] = createSignal(known?.instructions ?? "");
  const [quantity, setQuantity] = createSignal(String(known?.quantity ?? ""));
  const [price, setPrice] = createSignal(String(known?.unit_price ?? ""));
  const [error, setError] = createSignal<unknown>();
  const say = async (next: Task[]) => {
    setError(undefined);
    try {
      await props.onSave(next);
      props.onClose();
    } catch (problem) {
      setError(problem);
    }
  };
  const filled = (): Task => {
    const { instructions: _, quantity: __, unit_price: ___, ...rest } = known ?? { done: false };
    return {
      ...rest,
      name: name().trim(),
      ...(instructions().trim() ? { instructions: instructions() } : {}),
      ...(quantity() ? { quantity: Number(quantity()) } : {}),
      ...(price() ? { unit_price: Number(price()) } : {}),
    };
  };
  return (
    <Dialog
      title={known ? t("edit", { name: known.name }) : t("add")}
      onClose={props.onClose}
      onSubmit={() => void say(known ? tasks.with(at, filled()) : [...tasks, filled()])}
      footer={
        <>
          <Show when={known}>
            <button type="button" class="button danger" onClick={() => void say(tasks.toSpliced(at, 1))}>
              <Trash size={14} aria-hidden="true" />
              {t("remove")}
            </button>
            <span class="grow" />
          </Show>
          <button type="button" class="button" onClick={() => props.onClose()}>
            {w("cancel")}
          </button>
          <button type="submit" class="button primary">
            {w("save")}
          </button>
        </>
      }
    >
      <TextField label={t("name")} value={name()} onInput={setName} required autofocus />
      <TextField label={t("instructions")} value={instructions()} onInput={setInstructions} multiline />
      <div class="form">
        <TextField label={t("quantity")} type="number" step="any" value={quantity()} onInput={setQuantity} />
        <TextField label={t("price")} type="number" step="any" value={price()} onInput={setPrice} />
      </div>
      <Show when={error()}>
        <ErrorNotice error={error()} />
      </Show>
    </Dialog>
  );
}
