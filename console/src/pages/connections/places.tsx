import { A } from "@solidjs/router";
import { linkTexts } from "./texts";

/** Connections and rules are two sides of one page. */
export function Places(props: { here: "connections" | "rules" }) {
  const t = linkTexts();
  const current = (place: string) => (props.here === place ? ("page" as const) : undefined);
  return (
    <nav class="tabs" aria-label={t("title")}>
      <A href="/connections" end aria-current={current("connections")}>
        {t("title")}
      </A>
      <A href="/rules" aria-current={current("rules")}>
        {t("rules")}
      </A>
    </nav>
  );
}
