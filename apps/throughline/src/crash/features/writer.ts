import type { Orders } from "../lines.ts";
import type { Pen } from "../pen.ts";
import type { Random } from "../random.ts";
import type { FeatureServices } from "./services.ts";

/** What a writer works with. */
export interface Load {
  readonly services: FeatureServices;
  readonly pen: Pen;
  readonly orders: Orders;
  readonly random: Random;
  /** Number of the process, and of the writer in it: what they name is theirs alone. */
  readonly id: string;
}
