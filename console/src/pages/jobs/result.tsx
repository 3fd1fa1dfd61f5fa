import { createResource, createSignal, Match, onCleanup, Show, Switch } from "solid-js";
import { send } from "~/api/client";
import { ErrorNotice, Json, Skeleton } from "~/ui";
import { Download, FileText } from "~/ui/icons";
import type { Job } from "./data";
import { jobTexts } from "./texts";

/** So much of a text is shown; the file has all of it. */
const SHOWN = 200_000;

type Looked = { text: string; isWhole: boolean } | { image: string };

/** The file it was finished with: downloaded, or looked at here where it is text or an image. */
export function Result(props: { job: Job }) {
  const t = jobTexts();
  const [isLooking, setLooking] = createSignal(false);
  const kind = () => props.job.result?.media_type?.split(";")[0]?.trim().toLowerCase() ?? "";
  const isText = () => /^text\/|json|xml|csv/.test(kind()) && kind() !== "text/html";
  const isImage = () => /^image\/(png|jpeg|gif|webp|avif)$/.test(kind());
  const urls: string[] = [];
  onCleanup(() => urls.forEach((url) => URL.revokeObjectURL(url)));
  const [looked, { refetch }] = createResource(
    () => isLooking() && props.job.result?.url,
    async (url): Promise<Looked> => {
      const blob = await (await send("GET", url)).blob();
      if (isText()) return { text: await blob.slice(0, SHOWN).text(), isWhole: blob.size <= SHOWN };
      const made = URL.createObjectURL(blob);
      urls.push(made);
      return { image: made };
    },
  );
  return (
    <section class="card result">
      <header><h2>{t("result")}</h2></header>
      <div class="body stack">
        <Show when={props.job.result} fallback={<p class="soft">{t("noResult")}</p>}>
          {(result) => (
            <>
              <p class="row"><FileText size={18} aria-hidden="true" /><span class="grow result-name">{result().name ?? "–"}</span></p>
              <p class="soft small mono">{result().media_type}</p>
              <div class="row">
                <a class="button primary" href={result().url} download={result().name ?? ""}><Download size={15} aria-hidden="true" />{t("download")}</a>
                <Switch>
                  <Match when={isText() || isImage()}>
                    <button type="button" class="button" aria-expanded={isLooking()} onClick={() => setLooking(!isLooking())}>{t("look")}</button>
                  </Match>
                  <Match when={kind() === "application/pdf"}>
                    <a class="button" href={result().url} target="_blank" rel="noopener">{t("look")}</a>
                  </Match>
                </Switch>
              </div>
              <Show when={isLooking()}>
                <Show when={!looked.error} fallback={<ErrorNotice error={looked.error} onRetry={() => void refetch()} />}>
                  <Show when={looked.latest} fallback={<Skeleton lines={4} />}>
                    {(found) => <Shown found={found()} name={result().name ?? ""} />}
                  </Show>
                </Show>
              </Show>
            </>
          )}
        </Show>
      </div>
    </section>
  );
}

function Shown(props: { found: Looked; name: string }) {
  const t = jobTexts();
  const text = () => ("text" in props.found ? props.found : undefined);
  const image = () => ("image" in props.found ? props.found.image : undefined);
  return (
    <Switch>
      <Match when={text()}>
        {(found) => (
          <>
            <Show when={!found().isWhole}><p class="soft small">{t("tooLong")}</p></Show>
            <Json text={found().text} raw={!found().isWhole} />
          </>
        )}
      </Match>
      <Match when={image()}>{(url) => <img class="result-image" src={url()} alt={props.name} />}</Match>
    </Switch>
  );
}
