import type { Write } from "@throughline/store";

/** That a release was imported, and what its archive said of it. */
export interface ImportedRelease {
  readonly release: string;
  /** The text of its index. */
  readonly index: string;
}

/** Releases that were imported. Law: a second import of one release fails with ALREADY_EXISTS. */
export interface ImportStore {
  insert(imported: ImportedRelease): readonly Write[];
  get(release: string): Promise<ImportedRelease | undefined>;
}
