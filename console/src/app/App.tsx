import { Navigate, Route, Router } from "@solidjs/router";
import { createEffect, createResource, For, Match, onCleanup, Show, Switch, type ParentProps } from "solid-js";
import { api } from "~/api/client";
import { language } from "~/i18n";
import { Confirmations, ErrorNotice, Toasts } from "~/ui";
import { ROUTES } from "./routes";
import { loadSession, preferences, session } from "./session";
import { Shell } from "./Shell";
import { SetUp, SignIn } from "./SignIn";
import { NotFound } from "./NotFound";

/** The hub does not answer: it is asked again now and then, so that nobody has to. */
function Away(props: { error: unknown; onRetry: () => void }) {
  const timer = window.setInterval(() => props.onRetry(), 5_000);
  onCleanup(() => window.clearInterval(timer));
  return (
    <main class="sign-in">
      <div class="away card">
        <img src="/console-icon.svg" alt="Docket" width="40" height="40" />
        <ErrorNotice error={props.error} onRetry={props.onRetry} />
      </div>
    </main>
  );
}

/** Inside for who is signed in; otherwise the way in. */
function Gate(props: ParentProps) {
  const [loaded, { refetch }] = createResource(async () => {
    await loadSession();
    return true;
  });
  const [setup] = createResource(
    () => session() === null,
    () => api.get<{ needed: boolean }>("/v1/setup").catch(() => ({ needed: false })),
  );
  return (
    <Switch>
      <Match when={loaded.error}>
        <Away error={loaded.error} onRetry={() => void refetch()} />
      </Match>
      <Match when={session()}>
        {/* Another account is another world: everything is made anew. */}
        <Show when={`${session()?.account} ${session()?.user.name}`} keyed>
          {(_) => <Shell>{props.children}</Shell>}
        </Show>
      </Match>
      <Match when={session() === null && setup.state === "ready"}>
        <Show when={setup()?.needed} fallback={<SignIn />}>
          <SetUp />
        </Show>
      </Match>
    </Switch>
  );
}

export function App() {
  createEffect(() => {
    document.documentElement.lang = language();
    const theme = preferences().theme ?? "system";
    if (theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
  });
  return (
    <>
      <Router root={Gate}>
        <Route path="/" component={() => <Navigate href="/board" />} />
        <Route path="/setup" component={() => <Navigate href="/board" />} />
        <For each={ROUTES}>{([path, page]) => <Route path={path} component={page} />}</For>
        <Route path="*" component={NotFound} />
      </Router>
      <Confirmations />
      <Toasts />
    </>
  );
}
