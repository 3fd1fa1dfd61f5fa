/** What a form asks: its definition comes in whatever shape its sender gave it. */

import type { Answer, Form, Json } from "./types";

export interface Asked {
  id: string;
  text: string;
  kind: string;
  required: boolean;
  multiple: boolean;
  options: string[];
}

type Members = { [member: string]: Json };

const LISTS = ["questions", "pcr_questions", "sections", "fields"];

function first(members: Members, names: readonly string[]): string {
  const said = names.map((name) => members[name]).find((value) => (typeof value === "string" && value.trim()) || typeof value === "number");
  return said === undefined ? "" : String(said);
}

function optionOf(entry: Json): string {
  if (entry === null || typeof entry !== "object" || Array.isArray(entry)) return String(entry ?? "");
  return first(entry, ["option_text", "label", "text", "option", "name", "value", "key", "id"]);
}

function question(members: Members): Asked | undefined {
  const id = first(members, ["pcr_question_id", "id", "question_id", "key"]);
  if (!id) return undefined;
  const kind = first(members, ["answerType", "question_data_type", "kind", "type"]);
  const listed = ["answerOptions", "options", "choices"].map((name) => members[name]).find(Array.isArray) ?? [];
  const options = listed.map(optionOf).filter(Boolean);
  return {
    id,
    text: first(members, ["question", "question_text", "text", "label", "title", "name"]),
    kind,
    required: members["required"] === true || members["isRequired"] === true,
    multiple: /multi|check/i.test(kind) || members["multiple"] === true,
    options: options.length || !/^(yes_?no|bool)/i.test(kind) ? options : ["Yes", "No"],
  };
}

/** Looks for questions in lists of them, in sections, in what only wraps a form. */
function collect(definition: Json, depth: number, found: Map<string, Asked>): void {
  if (depth > 6 || definition === null || typeof definition !== "object") return;
  if (Array.isArray(definition)) return definition.forEach((entry) => collect(entry, depth + 1, found));
  const lists = LISTS.map((name) => definition[name]).filter(Array.isArray);
  const one = question(definition);
  if (lists.length) lists.forEach((list) => collect(list, depth + 1, found));
  else if (one) found.has(one.id) || found.set(one.id, one);
  else if (depth < 2) Object.values(definition).forEach((inner) => collect(inner, depth + 1, found));
}

function parsed(text: string | undefined): Json {
  try {
    return text ? (JSON.parse(text) as Json) : null;
  } catch {
    return null;
  }
}

/** The questions of a form: those of its definition, else those that were answered. */
export function questionsOf(form: Form): Asked[] {
  const found = new Map<string, Asked>();
  collect(parsed(form.definition), 0, found);
  if (found.size) return [...found.values()];
  return form.answers.map((answer: Answer) => ({
    id: answer.question,
    text: answer.text ?? "",
    kind: answer.kind ?? "",
    required: false,
    multiple: answer.values.length > 1,
    options: /^(yes_?no|bool)/i.test(answer.kind ?? "") ? ["Yes", "No"] : [],
  }));
}
