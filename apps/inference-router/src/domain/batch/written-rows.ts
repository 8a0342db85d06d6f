import type { Row } from "@throughline/tables";
import type { Callers } from "../callers.ts";
import type { AddedColumn } from "./added-columns.ts";
import type { KeptAnswers } from "./kept-answers.ts";

/** So many rows are made in one turn of the event loop: a fraction of a millisecond of work. */
const TURN_ROWS = 512;

/** The rows of a part's file, which are made when somebody takes them, and when those who wait for answers leave the time. */
export async function* writtenRows(
  answers: KeptAnswers,
  added: readonly Pick<AddedColumn, "value">[],
  callers: Pick<Callers, "giveWay">,
): AsyncGenerator<Row> {
  for (let row = 0; row < answers.count; row++) {
    if (row % TURN_ROWS === 0) await callers.giveWay();
    const answer = answers.at(row);
    yield added.map((it) => it.value(answer));
  }
}
