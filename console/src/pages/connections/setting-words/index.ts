/** What settings of connections are called: the hub tells of them in English only. */

import { language, type Language } from "~/i18n";
import type { Setting } from "../types";
import { en } from "./en";
import { es } from "./es";
import { nl } from "./nl";
import { ru } from "./ru";
import type { SettingWords } from "./types";

const WORDS: Record<Language, SettingWords> = { en, nl, es, ru };

/** The setting as people of this language read it; as the hub tells of it where there are no words for it. */
export function inWords(dialect: string, setting: Setting): Setting {
  const words = WORDS[language()];
  const found = words[dialect]?.[setting.name] ?? words["any"]?.[setting.name];
  return found ? { ...setting, title: found[0], help: found[1] } : setting;
}
