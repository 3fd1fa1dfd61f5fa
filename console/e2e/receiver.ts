/** Somebody else's server, for tests: keeps what it was sent, and answers what it is told to. */

import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  body?: string;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** What the next requests are answered. */
  answer: (request: Received) => Answer | Promise<Answer>;
  close: () => Promise<void>;
}

export async function receiver(answer: Receiver["answer"] = () => ({ status: 204 })): Promise<Receiver> {
  const one: Receiver = { url: "", received: [], answer, close: async () => {} };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const received = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString() };
      one.received.push(received);
      const { status, body } = await one.answer(received);
      response.writeHead(status, { "Content-Type": "application/json" }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  one.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  one.close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve())));
  return one;
}

let count = 0;
/** A name that nothing else in the demo world has. */
export function fresh(word: string): string {
  count += 1;
  return `${word}-${process.pid}-${Date.now().toString(36)}-${count}`;
}
