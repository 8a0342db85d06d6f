import type { Retry } from "../lines.ts";
import { randomFrom } from "../random.ts";
import { contendForAlias } from "./aliases.ts";
import { writeExperiments } from "./experiments.ts";
import { prepareGround } from "./ground.ts";
import { writeLoggedModels } from "./logged-models.ts";
import { sendAgain } from "./retries.ts";
import { changeRollouts } from "./rollouts.ts";
import { writeRequests, writeRuns } from "./runs.ts";
import { writeStreams } from "./streams.ts";
import { writeStudies } from "./studies.ts";
import { writeVersions } from "./versions.ts";
import type { Load, Writer } from "./writer.ts";

const WRITERS: readonly Writer[] = [
  writeRuns,
  writeRuns,
  writeExperiments,
  writeRequests,
  writeStreams,
  writeLoggedModels,
  writeStudies,
  writeVersions,
  writeVersions,
  contendForAlias,
  contendForAlias,
  changeRollouts,
  changeRollouts,
];

/** Sends again what had no answer, and then lets all writers write at the same time. Ends only by a failure. */
export async function write(
  load: Omit<Load, "random" | "id">,
  { seed, retries }: { readonly seed: number; readonly retries: readonly Retry[] },
): Promise<never> {
  await sendAgain(load, retries);
  await prepareGround(load);
  const writers = WRITERS.map((writer, i) =>
    writer({ ...load, id: `${load.life}-${i}`, random: randomFrom(seed * 1_009 + load.life * 31 + i) }),
  );
  return Promise.race(writers);
}
