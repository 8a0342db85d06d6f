/** The generation of a source's online values that is read. */
export interface ReadGeneration {
  readonly generation: string;
  /** The data version that made it so; 0 for the first one. */
  readonly since: number;
  /** The generation that lies over it; undefined if none does. */
  readonly overlay?: string;
  /** Overlays that were folded into what they lay over since: one more makes it later. */
  readonly folds?: number;
}
