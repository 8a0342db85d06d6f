import type { Digest, Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Entity } from "./entity.ts";
import type { FeatureService } from "./feature-service.ts";
import type { FeatureView } from "./feature-view.ts";
import type { OnDemandView } from "./on-demand/on-demand-view.ts";
import type { Source } from "./source.ts";

/** Which part of a list. */
export interface PageRequest {
  /** 0: the usual size. */
  readonly size: number;
  readonly token: string;
}

/** Definitions without versions, by project and id. Laws: as of Versions, without the versions. */
export interface Definitions<T> {
  get(project: string, id: string): Promise<T | undefined>;
  /** By id. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<T>>;
  /** Writes that fail with ALREADY_EXISTS if there is one of that id. */
  adding(definition: T): readonly Write[];
  /**
   * Writes that change some of what is there now. Fails with REVISION_CONFLICT, as the writes do, if somebody has changed the definition
   * that it was read as.
   */
  changing(there: Pick<T & Defined, "project" | "id" | "digest">, change: Partial<T>): Promise<readonly Write[]>;
}

/** A definition as what its author said. */
export interface Defined extends Named {
  readonly digest: string;
}

/** What every definition is found by. */
export interface Named {
  readonly project: string;
  readonly id: string;
}

/** A definition in one of its versions. */
export interface Version {
  readonly project: string;
  readonly id: string;
  /** From 1, dense. */
  readonly version: number;
  readonly digest: Digest;
}

/**
 * Immutable versions of definitions, by project and id. Laws, checked by `testCatalog`:
 * - Versions of an id are dense from 1, and no two of them have the same digest.
 * - The current version is the one that was applied last. It is the one with the greatest number, unless an earlier
 *   definition was applied again.
 * - Of several writers that read the same current version exactly one succeeds; the others fail with ALREADY_EXISTS or
 *   REVISION_CONFLICT.
 * - Ids are compared byte for byte, and those of different projects never meet.
 */
export interface Versions<T extends Version> {
  current(project: string, id: string): Promise<T | undefined>;
  get(project: string, id: string, version: number): Promise<T | undefined>;
  /** The current version of each id, by id. Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<T>>;
  /** Writes that make a definition the current one: as the version that has its digest, or as the next. */
  applying(definition: Omit<T, "version">): Promise<Applying<T>>;
}

/** See Versions.applying. There are no writes if the definition is the current one already. */
export interface Applying<T> {
  readonly applied: T;
  readonly writes: readonly Write[];
}

/** One version of a definition; the current one for 0. */
export const versionIn = <T extends Version>(
  versions: Pick<Versions<T>, "current" | "get">,
  project: string,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<T | undefined> => (version === 0 ? versions.current(project, id) : versions.get(project, id, version));

/** Everything that is defined. */
export interface Catalog {
  readonly entities: Definitions<Entity>;
  readonly sources: Definitions<Source>;
  readonly views: Versions<FeatureView>;
  readonly onDemandViews: Versions<OnDemandView>;
  readonly services: Versions<FeatureService> & {
    /** Every version of every feature service, of all projects. */
    everything(): AsyncIterable<FeatureService>;
  };
}
