import { ExchangeLog } from "./log";
import { wireTexts } from "./texts";

export default function Page() {
  const t = wireTexts();
  return (
    <div class="page tall exchanges">
      <header>
        <h1>{t("title")}</h1>
      </header>
      <ExchangeLog />
    </div>
  );
}
