import type { Json } from "@throughline/kernel";
import type { Services } from "../services.ts";

/** Reads what cells of one kind hold, by the rest of their names. Null where nothing is. */
export type Reader = (services: Services, names: readonly string[]) => Promise<ReadonlyMap<string, Json>>;

/** The names of cells by their kind. */
export type Names = ReadonlyMap<string, readonly string[]>;
