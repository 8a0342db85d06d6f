import type { ServiceImpl } from "@connectrpc/connect";
import type { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { parseExperimentName, parseProject } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import { searchRuns } from "../domain/run-search.ts";
import { runToProto } from "./convert-tracking.ts";
import { sameProject } from "./convert-values.ts";
import { viewFromProto } from "./convert-view.ts";

/** The RPC edge of searching runs: convert, call, convert. */
export const searchHandlers = (tracking: Tracking): Pick<ServiceImpl<typeof TrackingService>, "searchRuns"> => ({
  async searchRuns({ parent, experiments, filter, orderBy, view, pageSize, pageToken }) {
    const project = parseProject(parent, "parent");
    const experimentIds = experiments.map((name, i) => {
      const key = parseExperimentName(name, `experiments[${i}]`);
      sameProject(key.project, project, `experiments[${i}]`);
      return key.id;
    });
    const page = { size: pageSize, token: pageToken };
    const search = { project, experimentIds, filter, orderBy, view: viewFromProto(view), page };
    const { items, nextPageToken } = await searchRuns(tracking, search);
    return { runs: items.map((it) => runToProto(it)), nextPageToken };
  },
});
