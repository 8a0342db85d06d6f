import { resourceName } from "@throughline/kernel";

/** The resource names of the feature store. */
export const projectName = resourceName("projects/{project}");
export const entityName = resourceName("projects/{project}/entities/{entity}");
export const sourceName = resourceName("projects/{project}/sources/{source}");
export const viewName = resourceName("projects/{project}/featureViews/{view}");
export const serviceName = resourceName("projects/{project}/featureServices/{service}");
export const trainingSetName = resourceName("projects/{project}/trainingSets/{trainingSet}");
export const transformFitName = resourceName("projects/{project}/transformFits/{transformFit}");
export const dataVersionName = resourceName("projects/{project}/dataVersions/{version}");
export const dataTagName = resourceName("projects/{project}/dataTags/{tag}");
