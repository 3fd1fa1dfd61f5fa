import { createSignal, onCleanup, Show } from "solid-js";
import type { Query } from "~/api/client";
import { words } from "~/i18n/words";
import { today } from "~/i18n/zone";
import { Dialog, Progress, say, sayProblem, SelectField } from "~/ui";
import { bulkTexts } from "./bulk-texts";
import { columnsShown } from "./columns-dialog";
import type { Row } from "./data";
import { allRows, CSV_LIMIT, hand, reports, REPORTS_LIMIT, toCsv, type Format } from "./export";

/** What is on its way can be stopped; it stops with the dialog as well. */
function useRun(onClose: () => void) {
  const [done, setDone] = createSignal<number>();
  const stop = new AbortController();
  onCleanup(() => stop.abort());
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    setDone(0);
    try {
      await work(stop.signal);
      onClose();
    } catch (error) {
      if (!stop.signal.aborted) sayProblem(error);
      setDone(undefined);
    }
  };
  return { done, setDone, run };
}

/** What is shown, as CSV: the selection, or all that the filters leave. */
export function CsvDialog(props: { rows: readonly Row[]; query: Query; total: number | undefined; onClose: () => void }) {
  const t = bulkTexts();
  const w = words();
  const { done, setDone, run } = useRun(() => props.onClose());
  const all = () => Math.min(CSV_LIMIT, props.rows.length || (props.total ?? 0));
  const go = () =>
    run(async (signal) => {
      const rows = props.rows.length ? props.rows : await allRows(props.query, setDone, signal);
      hand(toCsv(columnsShown(), rows), `orders-${today().toString()}.csv`);
      say(t("exported", { n: rows.length }), "good");
    });
  return (
    <Dialog
      title={t("exporting")}
      onClose={props.onClose}
      onSubmit={() => void go()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>{w("cancel")}</button>
          <button type="submit" class="button primary" disabled={done() !== undefined}>{w("download")}</button>
        </>
      }
    >
      <p>{props.rows.length ? t("selected", { n: props.rows.length }) : t("exportAll", { n: all() })}</p>
      <p class="soft">{t("exportHint")}</p>
      <Show when={!props.rows.length && (props.total ?? 0) > CSV_LIMIT}>
        <p class="notice warn">{t("tooMany", { n: CSV_LIMIT })}</p>
      </Show>
      <Show when={done() !== undefined}>
        <Progress current={done()!} total={all()} label={t("gathering")} />
      </Show>
    </Dialog>
  );
}

/** A report of each order of the selection. */
export function ReportDialog(props: { rows: readonly Row[]; onClose: () => void }) {
  const t = bulkTexts();
  const w = words();
  const [format, setFormat] = createSignal<Format>("pdf");
  const { done, setDone, run } = useRun(() => props.onClose());
  const isTooMany = () => props.rows.length > REPORTS_LIMIT;
  const go = () =>
    run(async (signal) => {
      const { blob, name } = await reports(props.rows, format(), setDone, signal);
      hand(blob, name);
    });
  return (
    <Dialog
      title={t("title", { what: t("report"), n: props.rows.length })}
      onClose={props.onClose}
      onSubmit={() => void go()}
      footer={
        <>
          <button type="button" class="button" onClick={props.onClose}>{w("cancel")}</button>
          <button type="submit" class="button primary" disabled={done() !== undefined || isTooMany()}>{t("makeReports", { n: props.rows.length })}</button>
        </>
      }
    >
      <SelectField label={t("format")} value={format()} options={[["pdf", "PDF"], ["json", "JSON"], ["csv", "CSV"]]} onChange={(value) => setFormat(value as Format)} />
      <Show when={isTooMany()}>
        <p class="notice warn">{t("reportLimit", { n: REPORTS_LIMIT })}</p>
      </Show>
      <Show when={done() !== undefined}>
        <Progress current={done()!} total={props.rows.length} label={t("report")} />
      </Show>
    </Dialog>
  );
}
