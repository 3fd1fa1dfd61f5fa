import { A } from "@solidjs/router";
import { define } from "~/i18n";
import { Empty } from "~/ui";

const texts = define({
  en: { title: "There is no such page", board: "To the board" },
  nl: { title: "Deze pagina bestaat niet", board: "Naar het bord" },
  es: { title: "Esta página no existe", board: "Ir al tablero" },
  ru: { title: "Такой страницы нет", board: "К доске" },
});

export function NotFound() {
  const t = texts();
  return (
    <Empty action={<A class="button" href="/board">{t("board")}</A>}>{t("title")}</Empty>
  );
}
