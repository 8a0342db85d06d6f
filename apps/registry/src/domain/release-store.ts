import type { Write } from "@throughline/store";
import type { ListPage, PageRequest } from "./change.ts";
import type { Release } from "./release.ts";

/**
 * Releases. Laws:
 * - A release never changes; a second one of the same name fails with ALREADY_EXISTS.
 * - Lists start with the newest; at an instant they have what had been made by then.
 */
export interface ReleaseStore {
  insert(release: Release): readonly Write[];
  get(name: string): Promise<Release | undefined>;
  /** In the order of `names`, at most 1,000. */
  getMany(names: readonly string[]): Promise<readonly (Release | undefined)[]>;
  list(project: string, page: PageRequest, asOfMs?: number): Promise<ListPage<Release>>;
}
