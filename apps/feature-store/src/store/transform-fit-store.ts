import type { PageTokens } from "@throughline/kernel";
import type { CollectionDefinition, Store } from "@throughline/store";
import type { TransformFit, TransformFits } from "../domain/transforms/transform-fit.ts";
import { KEPT_INDEXES, kept } from "./kept-store.ts";

const TRANSFORM_FITS: CollectionDefinition<TransformFit> = {
  name: "feature_store_transform_fits",
  indexes: KEPT_INDEXES,
};

/** Transform fits, on the document port. */
export const transformFitStore = (store: Store, tokens: PageTokens): TransformFits =>
  kept(store.collection(TRANSFORM_FITS), tokens);
