import { DeliveryList } from "./list";
import { deliveryTexts } from "./texts";

export default function Page() {
  const t = deliveryTexts();
  return (
    <div class="page tall">
      <header>
        <h1>{t("title")}</h1>
      </header>
      <DeliveryList />
    </div>
  );
}
