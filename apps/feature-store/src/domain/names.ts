import { resourceName } from "@throughline/kernel";

/** The resource names of the feature store. */
export const projectName = resourceName("projects/{project}");
export const entityName = resourceName("projects/{project}/entities/{entity}");
export const sourceName = resourceName("projects/{project}/sources/{source}");
export const viewName = resourceName("projects/{project}/featureViews/{view}");
export const onDemandViewName = resourceName("projects/{project}/onDemandViews/{view}");
export const freshnessAlertName = resourceName("projects/{project}/freshnessAlerts/{alert}");
export const serviceName = resourceName("projects/{project}/featureServices/{service}");
export const trainingSetName = resourceName("projects/{project}/trainingSets/{trainingSet}");
export const transformFitName = resourceName("projects/{project}/transformFits/{transformFit}");
export const necessityReportName = resourceName("projects/{project}/necessityReports/{necessityReport}");
export const modelVersionName = resourceName("projects/{project}/models/{model}/versions/{version}");
export const dataVersionName = resourceName("projects/{project}/dataVersions/{version}");
export const dataTagName = resourceName("projects/{project}/dataTags/{tag}");
export const dataRetentionName = resourceName("projects/{project}/dataRetention");
export const policyName = resourceName("projects/{project}/privacyPolicy");
export const sourcePolicyName = resourceName("projects/{project}/sources/{source}/privacyPolicy");
export const privacyReportName = resourceName("projects/{project}/privacyReports/{report}");
export const forgettingName = resourceName("projects/{project}/forgettings/{forgetting}");
export const skewReportName = resourceName("projects/{project}/skewReports/{skewReport}");
