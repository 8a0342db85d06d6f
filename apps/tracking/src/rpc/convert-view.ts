import { SearchView } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import type { View } from "../domain/view.ts";

const VIEWS: Readonly<Record<SearchView, View>> = {
  [SearchView.UNSPECIFIED]: "ACTIVE",
  [SearchView.ACTIVE]: "ACTIVE",
  [SearchView.DELETED]: "DELETED",
  [SearchView.ALL]: "ALL",
};

export const viewFromProto = (view: SearchView): View => VIEWS[view];
