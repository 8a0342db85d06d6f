import { setImmediate as nextTurn } from "node:timers/promises";
import { callerSignal } from "../caller-signal.ts";
import { answerJson } from "../json-answer.ts";
import { writePiece } from "../rest-stream.ts";
import { type MlflowCall, SENT } from "./endpoint.ts";

/** Text that is written in one go, after which others may have their turn. */
const PIECE_LENGTH = 128 * 1024;

/**
 * Answers with JSON whose text comes in parts, as fast as it is taken, so that no more than a piece of it is in memory; a short one is answered whole.
 * What fails before the first piece is written has an answer of its own.
 */
export async function answerText(
  { request, response }: MlflowCall,
  parts: AsyncIterable<string> | Iterable<string>,
): Promise<typeof SENT> {
  const to = { response, signal: callerSignal(request) };
  let text = "";
  for await (const part of parts) {
    text += part;
    if (text.length < PIECE_LENGTH) continue;
    if (!response.headersSent) response.writeHead(200, { "content-type": "application/json" });
    await writePiece(to, text);
    text = "";
    await nextTurn();
  }
  if (response.headersSent) response.end(text);
  else answerJson(response, text);
  return SENT;
}
