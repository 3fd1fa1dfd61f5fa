/** A hub that nobody has used yet, beside the demo: `docket serve` on a folder of its own. */

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export interface FirstHub {
  url: string;
  /** The address with the set-up code. */
  setup: string;
  /** A command of the binary, on the same data. */
  command: (...words: string[]) => Promise<string>;
  close: () => Promise<void>;
}

export async function firstHub(): Promise<FirstHub> {
  const binary = process.env["DOCKET_BINARY"] ?? join(import.meta.dirname, "../../target/debug/docket");
  const data = await mkdtemp(join(tmpdir(), "docket-first-"));
  const hub = spawn(binary, ["--json", "serve", "--listen", "127.0.0.1:0", "--data", data], { stdio: ["ignore", "pipe", "ignore"] });
  const command = async (...words: string[]) => (await promisify(execFile)(binary, [...words, "--data", data])).stdout;
  const close = async () => {
    hub.kill("SIGTERM");
    await new Promise((resolve) => (hub.exitCode === null ? hub.once("exit", resolve) : resolve(undefined)));
    await rm(data, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: hub.stdout })) {
    const { url, setup } = JSON.parse(line) as { url?: string; setup?: string };
    if (url && setup) return { url, setup, command, close };
  }
  throw new Error(`${binary} ended before it was ready`);
}
