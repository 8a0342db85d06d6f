import type { FeatureService } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import type { Setting } from "./setting.ts";
import { REQUEST_FEATURES, VIEWS } from "./views.ts";

/** Name of the feature service in all its versions. */
export const FEATURE_SERVICE = "flight-features";

const ENTITIES = { airport: "origin", carrier: "carrier", plane: "tailnum" } as const;

/** Defines the entities and views, and the two versions of the feature service: first few views, then all. */
export async function defineFeatures({
  connection,
  progress,
}: Setting): Promise<readonly [FeatureService, FeatureService]> {
  const { parent, features } = connection;
  return progress.step("Defining entities, feature views and two versions of a feature service", async () => {
    for (const [entityId, key] of Object.entries(ENTITIES)) {
      const keys = [{ name: key, type: ValueType.STRING }];
      await features.createEntity({ parent, entityId, entity: { keys } });
    }
    for (const [featureViewId, { entity, source, ...view }] of Object.entries(VIEWS)) {
      const featureView = {
        ...view,
        features: [...view.features],
        entity: `${parent}/entities/${entity}`,
        source: `${parent}/sources/${source}`,
        owner: "flights demonstration",
      };
      await features.applyFeatureView({ parent, featureViewId, featureView });
    }
    const first = await applyService(["weather", "airport_delays"]);
    const second = await applyService(Object.keys(VIEWS));
    const windows = Object.values(VIEWS)
      .flatMap((it) => [...it.features])
      .filter((it) => it.kind.case === "aggregate");
    const told =
      `${Object.keys(VIEWS).length} views with ${windows.length} aggregates over windows; ` +
      `${first.features.length} features in version 1, ${second.features.length} in version 2`;
    return { told, result: [first, second] as const };
  });

  async function applyService(views: readonly string[]): Promise<FeatureService> {
    const { featureService } = await features.applyFeatureService({
      parent,
      featureServiceId: FEATURE_SERVICE,
      featureService: {
        description: "What is known of a flight two hours before it leaves",
        views: views.map((it) => ({ view: `${parent}/featureViews/${it}` })),
        requestFeatures: Object.entries(REQUEST_FEATURES).map(([name, it]) => ({ name, ...it })),
      },
    });
    if (!featureService) throw new Error("the platform answered without the feature service");
    return featureService;
  }
}
