import type { Release, ReleaseManifest } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { VerifyReleaseResponse } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { useState } from "react";
import { releases } from "../api/clients.ts";
import { describeFailure, type Failure } from "../api/failure.ts";
import { useCall } from "../api/use-call.ts";
import type { PageProps } from "../page.ts";
import { Card, Facts, PageTitle } from "../parts/card.tsx";
import { ReleaseGraph } from "../parts/release-graph.tsx";
import { Failed, Ready } from "../parts/states.tsx";
import { LongTable } from "../parts/table.tsx";
import { Ago, Badge, Clipped, Digest, ResourceLink } from "../parts/text.tsx";
import { counted, figure } from "../thread/format.ts";
import { fitName, projectOf, shortDigest } from "../thread/names.ts";

/** One release: every part of it by digest. */
export function ReleasePage({ project, ids: [id = ""] }: PageProps) {
  const name = `projects/${project}/releases/${id}`;
  const loaded = useCall(name, (signal) => releases.getRelease({ name }, { signal }));
  const release = loaded.data?.release;
  return (
    <>
      <PageTitle kind="Release" title={id}>
        {release && (
          <>
            <Digest digest={release.digest} project={project} />
            <Ago time={release.createTime} />
            <span>by {release.actor || "unknown"}</span>
          </>
        )}
      </PageTitle>
      <Ready of={loaded} what="the release">
        {(it) => it.release && <Parts of={it.release} project={project} />}
      </Ready>
    </>
  );
}

function Parts({ of, project }: { readonly of: Release; readonly project: string }) {
  const { manifest } = of;
  return (
    <>
      {of.description !== "" && <p className="lead">{of.description}</p>}
      <Card title="Parts" aside={<Verify name={of.name} key={of.name} />}>
        <LongTable
          rows={partsOf(of)}
          rowKey={(it) => it.part}
          columns={[
            { title: "Part", cell: (it) => it.part },
            {
              title: "Is",
              cell: (it) => (it.resource ? <ResourceLink name={it.resource}>{it.label}</ResourceLink> : it.label),
            },
            { title: "Digest", cell: (it) => <Digest digest={it.digest} project={project} /> },
          ]}
        />
      </Card>
      {manifest?.graph && manifest.graph.nodes.length > 1 && (
        <Card title="Inference graph">
          <ReleaseGraph graph={manifest.graph} models={manifest.models} />
        </Card>
      )}
      <div className="two">
        <Card title="How it answers">{manifest && <Answering manifest={manifest} />}</Card>
        <Card title="Views that it reads">
          <Facts
            of={viewsOf(manifest).map(([view, version]) => [
              view,
              <ResourceLink
                key={view}
                name={`projects/${project}/featureViews/${view}`}
              >{`version ${version}`}</ResourceLink>,
            ])}
          />
        </Card>
      </div>
      <Card title="Input vector, in the model's order">
        <ol className="chips">
          {(manifest?.features?.features ?? []).map((it) => (
            <li key={it} title={it} className={manifest?.features?.requestFeatures.includes(it) ? "request" : ""}>
              {it}
            </li>
          ))}
        </ol>
        <p className="quiet">
          Features with a dashed border come with the request; the others are read from the store.
        </p>
      </Card>
    </>
  );
}

interface Part {
  readonly part: string;
  readonly resource?: string;
  readonly label: string;
  readonly digest: string;
}

/** Every part of a release with its digest. */
function partsOf({ digest, manifest }: Release): readonly Part[] {
  return [
    { part: "Manifest", label: "the release itself", digest },
    ...Object.entries(manifest?.models ?? {}).map(([node, model]) => ({
      part: `Model ${node}`,
      resource: model.modelVersion,
      label: model.modelVersion.split("/").slice(3).join(" ").replace("versions ", ""),
      digest: model.digest,
    })),
    ...Object.entries(manifest?.models ?? {})
      .filter(([, model]) => model.transformFitDigest !== "")
      .map(([node, model]) => ({
        part: `Transforms of ${node}`,
        resource: fitName(projectOf(model.modelVersion), model.transformFitDigest),
        label: "in front of the model",
        digest: model.transformFitDigest,
      })),
    ...(manifest?.features
      ? [
          {
            part: "Feature service",
            resource: manifest.features.featureService,
            label: manifest.features.featureService.split("/").at(-1) ?? "",
            digest: manifest.features.digest,
          },
        ]
      : []),
    { part: "Input schema", label: "what inputs are checked against", digest: manifest?.schemaDigest ?? "" },
    { part: "Baseline", label: "what live traffic is compared with", digest: manifest?.baselineStatisticsDigest ?? "" },
    { part: "Certificate", label: "proof that training did not leak", digest: manifest?.certificateDigest ?? "" },
    { part: "Calibration", label: "what answers are widened by", digest: manifest?.calibrationDigest ?? "" },
  ];
}

/** The views that the release and its nodes read, each once. */
function viewsOf(manifest: ReleaseManifest | undefined): readonly (readonly [view: string, version: bigint])[] {
  const enriched = manifest?.graph?.nodes.flatMap(({ kind }) =>
    kind.case === "enrich" ? [kind.value.viewVersions] : [],
  );
  const all = [manifest?.features?.viewVersions ?? {}, ...(enriched ?? [])].flatMap(Object.entries);
  return [...new Map(all.map(([view, version]) => [`${view} ${version}`, [view, version] as const])).values()];
}

const Answering = ({ manifest }: { readonly manifest: ReleaseManifest }) => (
  <Facts
    of={[
      ...Object.entries(manifest.thresholds).map(
        ([name, value]) => [`Called ${name}`, `from a score of ${figure(value)}`] as const,
      ),
      ["Graph", counted(manifest.graph?.nodes.length ?? 0, "node")],
      ["Answer comes from", manifest.graph?.outputNode ?? "–"],
    ]}
  />
);

/** Lets the platform compute every digest again from the stored bytes. */
function Verify({ name }: { readonly name: string }) {
  const [state, setState] = useState<"idle" | "busy" | VerifyReleaseResponse | Failure>("idle");
  const check = () => {
    setState("busy");
    releases.verifyRelease({ name }).then(setState, (thrown) => setState(describeFailure(thrown)));
  };
  if (state === "busy") return <span className="quiet">computing every digest again …</span>;
  if (state === "idle") {
    return (
      <button type="button" onClick={check}>
        Verify now
      </button>
    );
  }
  if ("kind" in state) return <Failed failure={state} retry={check} />;
  const wrong = state.parts.filter((it) => it.actualDigest !== it.expectedDigest);
  return (
    <span className="badges">
      <Badge tone={state.verified ? "good" : "bad"}>
        {state.verified ? `all ${state.parts.length} digests agree` : "not what it was"}
      </Badge>
      {wrong.map((it) => (
        <Clipped key={it.part} text={`${it.part}: ${shortDigest(it.actualDigest) || "missing"}`} />
      ))}
    </span>
  );
}
