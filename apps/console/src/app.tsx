import { Component, type ComponentType, type ReactNode } from "react";
import { Route, Switch } from "wouter";
import type { PageProps } from "./page.ts";
import { DataDifferencePage } from "./pages/data-difference.tsx";
import { DataTagPage } from "./pages/data-tag.tsx";
import { DataVersionPage } from "./pages/data-version.tsx";
import { DataVersionsPage } from "./pages/data-versions.tsx";
import { DeploymentPage } from "./pages/deployment.tsx";
import { DeploymentsPage } from "./pages/deployments.tsx";
import { DriftReportPage } from "./pages/drift-report.tsx";
import { EvaluationPage } from "./pages/evaluation.tsx";
import { FeatureServicePage } from "./pages/feature-service.tsx";
import { FeatureViewPage } from "./pages/feature-view.tsx";
import { FeaturesPage } from "./pages/features.tsx";
import { ForgettingPage } from "./pages/forgetting.tsx";
import { FreshnessPage } from "./pages/freshness.tsx";
import { HomePage } from "./pages/home.tsx";
import { LineagePage } from "./pages/lineage.tsx";
import { ModelPage } from "./pages/model.tsx";
import { ModelVersionPage } from "./pages/model-version.tsx";
import { ModelsPage } from "./pages/models.tsx";
import { NecessityReportPage } from "./pages/necessity-report.tsx";
import { NoPage, NotFoundPage } from "./pages/not-found.tsx";
import { PredictionPage } from "./pages/prediction.tsx";
import { PrivacyPage } from "./pages/privacy.tsx";
import { PrivacyPolicyPage } from "./pages/privacy-policy.tsx";
import { PrivacyReportPage } from "./pages/privacy-report.tsx";
import { ProjectsPage } from "./pages/projects.tsx";
import { ReleasePage } from "./pages/release.tsx";
import { ReleasesPage } from "./pages/releases.tsx";
import { RolloutPage } from "./pages/rollout.tsx";
import { RolloutsPage } from "./pages/rollouts.tsx";
import { RunPage } from "./pages/run.tsx";
import { RunsPage } from "./pages/runs.tsx";
import { SkewReportPage } from "./pages/skew-report.tsx";
import { SkewReportsPage } from "./pages/skew-reports.tsx";
import { SourcePage } from "./pages/source.tsx";
import { SourceRowsPage } from "./pages/source-rows.tsx";
import { StatisticsPage } from "./pages/statistics.tsx";
import { StudiesPage } from "./pages/studies.tsx";
import { StudyPage } from "./pages/study.tsx";
import { TrainingSetPage } from "./pages/training-set.tsx";
import { TrainingSetsPage } from "./pages/training-sets.tsx";
import { TransformFitPage } from "./pages/transform-fit.tsx";
import { TransformFitsPage } from "./pages/transform-fits.tsx";
import { ValidationPage } from "./pages/validation.tsx";
import { Shell } from "./parts/shell.tsx";
import { segmentText } from "./thread/names.ts";

const PAGES: readonly (readonly [pattern: string, page: ComponentType<PageProps>])[] = [
  ["", HomePage],
  ["/runs", RunsPage],
  ["/runs/:a", RunPage],
  ["/studies", StudiesPage],
  ["/studies/:a", StudyPage],
  ["/models", ModelsPage],
  ["/models/:a", ModelPage],
  ["/models/:a/:b", ModelVersionPage],
  ["/releases", ReleasesPage],
  ["/releases/:a", ReleasePage],
  ["/features", FeaturesPage],
  ["/sources/:a", SourcePage],
  ["/sources/:a/rows", SourceRowsPage],
  ["/sources/:a/policy", PrivacyPolicyPage],
  ["/views/:a", FeatureViewPage],
  ["/services/:a", FeatureServicePage],
  ["/necessity/:a", NecessityReportPage],
  ["/data", DataVersionsPage],
  ["/data/:a", DataVersionPage],
  ["/tags/:a", DataTagPage],
  ["/difference", DataDifferencePage],
  ["/freshness", FreshnessPage],
  ["/transforms", TransformFitsPage],
  ["/transforms/:a", TransformFitPage],
  ["/skew", SkewReportsPage],
  ["/skew/:a", SkewReportPage],
  ["/privacy", PrivacyPage],
  ["/policy", PrivacyPolicyPage],
  ["/privacy-reports/:a", PrivacyReportPage],
  ["/forgettings/:a", ForgettingPage],
  ["/training-sets", TrainingSetsPage],
  ["/training-sets/:a", TrainingSetPage],
  ["/deployments", DeploymentsPage],
  ["/deployments/:a", DeploymentPage],
  ["/deployments/:a/:b", PredictionPage],
  ["/rollouts", RolloutsPage],
  ["/rollouts/:a/:b", RolloutPage],
  ["/validation", ValidationPage],
  ["/statistics/:a", StatisticsPage],
  ["/drift/:a", DriftReportPage],
  ["/evaluations/:a", EvaluationPage],
  ["/lineage", LineagePage],
];

type Params = Readonly<Record<string, string | undefined>>;

/** The console: which page stands at which address. */
export function App() {
  return (
    <Bulkhead>
      <Switch>
        <Route path="/">
          <ProjectsPage />
        </Route>
        <Route path="/p/:project/*?">
          {(params: Params) => <ProjectPages project={segmentText(params["project"])} />}
        </Route>
        <Route>
          <NotFoundPage />
        </Route>
      </Switch>
    </Bulkhead>
  );
}

/** The pages of a project. What surrounds them stays while they change. */
function ProjectPages({ project }: { readonly project: string }) {
  return (
    <Shell project={project}>
      <Switch>
        {PAGES.map(([pattern, Page]) => (
          <Route key={pattern} path={`/p/:project${pattern}`}>
            {(params: Params) => {
              const ids = [params["a"], params["b"]].filter((it) => it !== undefined).map(segmentText);
              return (
                <Bulkhead key={[project, ...ids].join("/")}>
                  <Page project={project} ids={ids} />
                </Bulkhead>
              );
            }}
          </Route>
        ))}
        <Route>
          <NoPage />
        </Route>
      </Switch>
    </Shell>
  );
}

/** Keeps a page that breaks from taking the whole console with it. React asks for a class here. */
class Bulkhead extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };
  static getDerivedStateFromError() {
    return { broken: true };
  }
  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div className="failed" role="alert">
        <p className="failed-title">This page broke</p>
        <p>That is a bug of the console. Load the page again; the other pages are not affected.</p>
      </div>
    );
  }
}
