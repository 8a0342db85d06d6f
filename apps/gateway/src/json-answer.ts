import type { ServerResponse } from "node:http";
import { sendJsonText } from "./http-error.ts";

interface Answer {
  readonly response: ServerResponse;
  readonly text: string;
}

let answers: Answer[] = [];

/**
 * Answers a call with JSON at the end of this turn of the event loop. Each write of an answer wakes its caller, and one to a caller
 * who is awake already costs a fraction of it: so calls that were done together, by one run of a model or one commit, are
 * answered together. A call by itself waits for nothing but what else is due at once. Refusals do not wait: see `sendError`.
 */
export function answerJson(response: ServerResponse, text: string): void {
  if (answers.push({ response, text }) === 1) setImmediate(sendAnswers);
}

function sendAnswers(): void {
  const all = answers;
  answers = [];
  for (const { response, text } of all) {
    // Who has been refused meanwhile, or has gone, is told nothing more.
    if (!response.headersSent && !response.destroyed) sendJsonText(response, 200, text);
  }
}
