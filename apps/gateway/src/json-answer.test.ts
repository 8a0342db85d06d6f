import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DomainError } from "@throughline/kernel";
import { afterAll, expect, test } from "vitest";
import { sendError } from "./http-error.ts";
import { answerJson } from "./json-answer.ts";

/** What happens to a response between its answer and the end of the turn, by path. */
const MEANWHILE: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/answered": () => {},
  "/refused": (response) => sendError(response, new DomainError("invalid", "REFUSED", "no")),
  "/gone": (response) => response.destroy(),
};

const begun: boolean[] = [];
const server = createServer((request, response) => {
  answerJson(response, `{"path":"${request.url}é"}`);
  begun.push(response.headersSent);
  MEANWHILE[request.url ?? ""]?.(response);
}).listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => server.close());

const ask = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

test("answers go out at the end of the turn, to those who have not been refused or gone meanwhile", async () => {
  const [answered, refused, gone] = await Promise.allSettled(["/answered", "/refused", "/gone"].map(ask));
  expect(begun).toEqual([false, false, false]);
  expect(answered).toMatchObject({ status: "fulfilled", value: { status: 200 } });
  expect(refused).toMatchObject({ status: "fulfilled", value: { status: 400 } });
  expect(gone?.status).toBe("rejected");
  const again = await ask("/answered");
  expect(again.headers.get("content-type")).toBe("application/json");
  expect(await again.json()).toEqual({ path: "/answeredé" });
});
