/** Starts a demo hub of its own for the tests, and stops it after them. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export default async function hub(): Promise<() => Promise<void>> {
  // Against a hub that runs already: DOCKET_URL=http://127.0.0.1:8700
  if (process.env["DOCKET_URL"]) return async () => {};
  const binary = process.env["DOCKET_BINARY"] ?? join(import.meta.dirname, "../../target/debug/docket");
  const data = await mkdtemp(join(tmpdir(), "docket-console-"));
  const demo = spawn(binary, ["demo", "--paused", "--json", "--listen", "127.0.0.1:0", "--data", join(data, "hub")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async () => {
    demo.kill("SIGTERM");
    await new Promise((resolve) => (demo.exitCode === null ? demo.once("exit", resolve) : resolve(undefined)));
    await rm(data, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: demo.stdout })) {
    const said = JSON.parse(line) as { url?: string };
    if (!said.url) continue;
    process.env["DOCKET_URL"] = said.url;
    process.env["DOCKET_DEMO"] = line;
    return stop;
  }
  throw new Error(`${binary} ended before it was ready`);
}
