import type { Cell } from "../lines.ts";
import type { Pen } from "../pen.ts";
import type { Random } from "../random.ts";
import type { Services } from "../services.ts";

/** What a writer works with. */
export interface Load {
  readonly services: Services;
  readonly pen: Pen;
  readonly random: Random;
  /** Number of the process, and of the writer in it: what they name is theirs alone. */
  readonly life: number;
  readonly id: string;
  /** What was there when the process began. */
  readonly cells: readonly Cell[];
}

/** Writes until the process is killed. */
export type Writer = (load: Load) => Promise<never>;
