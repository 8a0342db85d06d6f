import { Code } from "@connectrpc/connect";
import { isCode } from "../content.ts";
import { whole } from "../random.ts";
import { CONTESTED_VERSIONS, contestedOf } from "./ground.ts";
import { pause } from "./pause.ts";
import type { Writer } from "./writer.ts";

const ALIAS = "champion";

/** Moves an alias from what it names to something else, as others do at the same time: of each round one wins. */
export const contendForAlias: Writer = async ({ services, pen, random, life, id }) => {
  const { registry, parent } = services;
  const contested = contestedOf(life);
  const model = `${parent}/models/${contested}`;
  for (let number = 1; ; number++) {
    const answer = await registry.getModel({ name: model });
    const from = Number(answer.model?.aliases[ALIAS] ?? 0n);
    const to = ((from + whole(random, 1, CONTESTED_VERSIONS - 1) - 1) % CONTESTED_VERSIONS) + 1;
    const reason = `${id}-${number} ${from}>${to}`;
    await pen.write({
      what: "move an alias",
      changes: [{ cell: `alias:${contested}/${ALIAS}/${reason}`, value: to }],
      call: () =>
        registry.setModelAlias({
          model,
          alias: ALIAS,
          version: BigInt(to),
          expectedVersion: BigInt(from),
          reason,
        }),
      mayRefuse: (error) => isCode(error, Code.Aborted),
    });
    await pause(random);
  }
};

/** The versions that a change says that it went from and to. */
export function versionsInReason(reason: string): { readonly from: number; readonly to: number } {
  const [, from, to] = / (\d+)>(\d+)$/.exec(reason) ?? [];
  return { from: Number(from), to: Number(to) };
}
