/** What the hub says of jobs. */

import { api, path, type Query } from "~/api/client";

export const STATES = ["open", "claimed", "waiting", "following", "delayed", "finished", "failed", "canceled"] as const;
export type JobState = (typeof STATES)[number];

export interface Question {
  id: string;
  place: number;
  message: string;
  choices: { key: string; label: string }[];
  answer: { choice: string; by: string; at: string } | null;
}

export interface Attempt {
  producer: string;
  by: string;
  since: string;
  ended_at: string;
  end: "finished" | "failed" | "released" | "lost";
  reason: string | null;
}

export interface Job {
  id: string;
  serial: number;
  title: string | null;
  product: string | null;
  producer: string | null;
  state: JobState;
  status: string;
  progress: { current: number | null; total: number | null };
  reported: { current: number; total: number; message?: string; at: string } | null;
  held_by: { producer: string; by: string; since: string } | null;
  lease_until: string | null;
  not_before: string | null;
  follows: number | null;
  attempts_spent: number;
  attempts_limit: number;
  last_failure: { producer: string; by: string; end: string; reason: string | null; at: string } | null;
  reason: string | null;
  question: Question | null;
  questions: Question[];
  result: { name: string | null; media_type: string | null; url: string } | null;
  created_at: string;
  updated_at: string;
  /** Only of one job. */
  attempts?: Attempt[];
}

export interface Product {
  slug: string;
  name: string;
  producer: string;
  active: boolean;
  /** What an order for it names as its service. */
  service: string;
}

export function readJobs(query: Query, signal?: AbortSignal): Promise<{ jobs: Job[]; next_cursor: string | number | null }> {
  return api.get("/v1/jobs", query, signal);
}

export function readJob(id: string): Promise<Job> {
  return api.get(path`/v1/jobs/${id}`);
}

export async function readProducts(): Promise<Product[]> {
  return (await api.get<{ products: Product[] }>("/v1/products")).products;
}

export function called(job: Job): string {
  return job.title || `#${job.serial}`;
}

/** Whether it may still come to something by itself or by somebody. */
export function isGoing(job: Job): boolean {
  return !["finished", "failed", "canceled"].includes(job.state);
}
