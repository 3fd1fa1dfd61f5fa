import { For, Match, Show, Suspense, Switch, type JSX, type Resource } from "solid-js";
import { Problem } from "~/api/client";
import { words } from "~/i18n/words";
import { CircleAlert } from "./icons";

/** Nothing to show, and what to do about it. */
export function Empty(props: { children?: JSX.Element; action?: JSX.Element }) {
  const w = words();
  return (
    <div class="empty">
      <p>{props.children ?? w("nothing")}</p>
      {props.action}
    </div>
  );
}

/** Grey lines where text will be. */
export function Skeleton(props: { lines?: number }) {
  const w = words();
  return (
    <div class="stack" role="status" aria-label={w("loading")}>
      <For each={Array.from({ length: props.lines ?? 4 })}>{() => <div class="skeleton" />}</For>
    </div>
  );
}

/** What went wrong, in the hub's words, with the request's id. */
export function ErrorNotice(props: { error: unknown; onRetry?: () => void }) {
  const w = words();
  const problem = () => (props.error instanceof Problem ? props.error : undefined);
  const text = () => {
    const one = problem();
    if (one?.code === "forbidden") return w("forbidden");
    if (one) return one.detail || one.title;
    return props.error instanceof TypeError ? w("unreachable") : String((props.error as Error)?.message ?? props.error);
  };
  return (
    <div class="notice danger" role="alert">
      <CircleAlert size={18} aria-hidden="true" />
      <div class="grow">
        <p class="strong">{problem()?.title ?? w("error")}</p>
        <p>{text()}</p>
        <Show when={problem()?.pointer}>{(pointer) => <p class="mono small">{pointer()}</p>}</Show>
        <Show when={problem()?.request}>{(id) => <p class="small mono">{w("request", { id: id() })}</p>}</Show>
      </div>
      <Show when={props.onRetry}>
        <button type="button" class="button small" onClick={() => props.onRetry?.()}>
          {w("retry")}
        </button>
      </Show>
    </div>
  );
}

/** A resource: what came, or that it is on its way, or why it did not come. What was there stays while it is read anew. */
export function Await<T>(props: { of: Resource<T>; retry?: () => void; lines?: number; children: (value: () => NonNullable<T>) => JSX.Element }) {
  return (
    <Suspense fallback={<Skeleton lines={props.lines ?? 4} />}>
      <Switch fallback={<Skeleton lines={props.lines ?? 4} />}>
        <Match when={props.of.error}>{(error) => <ErrorNotice error={error()} {...(props.retry ? { onRetry: props.retry } : {})} />}</Match>
        <Match when={props.of.latest}>{(value) => props.children(value as () => NonNullable<T>)}</Match>
      </Switch>
    </Suspense>
  );
}
