import { useSearchParams } from "@solidjs/router";
import { Match, Switch } from "solid-js";
import { can } from "~/app/session";
import { define } from "~/i18n";
import { Tabs } from "~/ui";
import { Profile } from "./profile";
import { Tokens } from "./tokens";
import { Users } from "./users";

const texts = define({
  en: { title: "Settings", profile: "You", users: "Users", tokens: "Tokens" },
  nl: { title: "Instellingen", profile: "U", users: "Gebruikers", tokens: "Tokens" },
  es: { title: "Ajustes", profile: "Usted", users: "Usuarios", tokens: "Tokens" },
  ru: { title: "Настройки", profile: "Вы", users: "Пользователи", tokens: "Токены" },
});

type Tab = "profile" | "users" | "tokens";

/** What a person sets for themselves, and who else may come in. */
export default function SettingsPage() {
  const t = texts();
  const [search, setSearch] = useSearchParams<{ tab?: string }>();
  const tabs = (): [Tab, string][] => [["profile", t("profile")], ...(can("admin") ? ([["users", t("users")], ["tokens", t("tokens")]] as [Tab, string][]) : [])];
  const tab = (): Tab => tabs().find(([key]) => key === search.tab)?.[0] ?? "profile";
  return (
    <div class="page">
      <h1>{t("title")}</h1>
      <Tabs label={t("title")} value={tab()} tabs={tabs()} onChange={(key) => setSearch({ tab: key })} />
      <div class="stack" role="tabpanel" aria-labelledby={`tab-${tab()}`}>
        <Switch>
          <Match when={tab() === "profile"}>
            <Profile />
          </Match>
          <Match when={tab() === "users"}>
            <Users />
          </Match>
          <Match when={tab() === "tokens"}>
            <Tokens />
          </Match>
        </Switch>
      </div>
    </div>
  );
}
