import type { OutputPlan, SelectPlan } from "../port.ts";
import type { WrittenTable } from "../table.ts";
import type { JobContext } from "./job-context.ts";
import { boundQuery, filesOf, openInputs } from "./query.ts";
import { openSession, queryFailure } from "./session.ts";
import { identifier } from "./sql.ts";
import { partialPath, useOneThread, writeInOneThread } from "./write-table.ts";

/** No input is called so. */
const RESULT = identifier("the rows to write");

/** See TableEngine.writeQuery. */
export async function writeQuery(plan: SelectPlan & OutputPlan, context: JobContext): Promise<WrittenTable> {
  const { output } = plan;
  await using session = await openSession(context, { reads: filesOf(plan), writes: [partialPath(output, context)] });
  await useOneThread(session);
  await openInputs(session, plan);
  try {
    const { columns, select, values } = await boundQuery(session, plan);
    // Row groups are cut between the pieces that a SELECT gives, which vary in size; a table gives even ones, and with
    // them the bytes that every other way to write the same rows gives.
    session.phase(0, 0.5);
    await session.run(`CREATE TEMP TABLE ${RESULT} AS ${select}`, values);
    session.phase(0.5, 1);
    return await writeInOneThread(session, { select: `SELECT * FROM ${RESULT}`, output, columns }, context);
  } catch (error) {
    throw queryFailure(error);
  }
}
