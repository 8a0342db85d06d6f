import type { Json } from "@throughline/kernel";
import { pause } from "./pause.ts";
import type { Writer } from "./writer.ts";

/** Experiments with tags, deleted, and half of them restored. */
export const writeExperiments: Writer = async ({ services, pen, random, id }) => {
  const { tracking, parent } = services;
  for (let number = 1; ; number++) {
    await pause(random);
    const experimentId = `e${id}-${number}`;
    const name = `${parent}/experiments/${experimentId}`;
    const changed = (what: string, value: Json, call: () => Promise<unknown>) =>
      pen.write({ what, changes: [{ cell: `experiment:${experimentId}`, value }], call });
    const [title, tags] = [`experiment ${experimentId}`, { number: String(number) }];
    await changed("create an experiment", { title, tags, stage: "ACTIVE" }, () =>
      tracking.createExperiment({ parent, experimentId, experiment: { displayName: title, tags } }),
    );
    const more = { ...tags, more: "yes" };
    await changed("set a tag of an experiment", { title, tags: more, stage: "ACTIVE" }, () =>
      tracking.setExperimentTags({ name, tags: { more: "yes" } }),
    );
    await changed("delete an experiment", { title, tags: more, stage: "DELETED" }, () =>
      tracking.deleteExperiment({ name }),
    );
    if (number % 2 === 0)
      await changed("restore an experiment", { title, tags: more, stage: "ACTIVE" }, () =>
        tracking.restoreExperiment({ name }),
      );
  }
};
