import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../random.ts";

const PAUSE_MS_MOST = 12;

/** Writers of short calls leave the others their turn. */
export const pause = (random: Random): Promise<void> => delay(random() * PAUSE_MS_MOST);
