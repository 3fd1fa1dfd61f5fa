/** When in the work a photo was taken. */

import { define } from "~/i18n";
import type { Attachment } from "./types";

const texts = define({
  en: { before: "Before", during: "During", after: "After" },
  nl: { before: "Vooraf", during: "Tijdens", after: "Achteraf" },
  es: { before: "Antes", during: "Durante", after: "Después" },
  ru: { before: "До", during: "Во время", after: "После" },
});

export const STAGES = ["before", "during", "after"] as const;

export function stageWord(stage: string | undefined): string {
  const known = STAGES.find((one) => one === stage);
  return known ? texts()(known) : "";
}

/** Whether a browser shows it; SVG is left out, since it can hold scripts. */
export function isPicture(file: Attachment): boolean {
  return /^image\/(jpeg|png|gif|webp|avif)$/.test(file.media_type);
}
